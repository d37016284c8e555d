"""``definition="laufer2025"``: the paper's edges, readings, counts against their literal form."""

from __future__ import annotations

import random
from typing import Any

import pytest
from definitions import evolution
from material import BuildRecords, real

import cladist
from cladist.analyses import analysis
from cladist.errors import InputError
from cladist.snapshot import Snapshot
from cladist.traits.edges import NAMED, edges_of
from cladist.values.languages import published_language_tags

CODES = frozenset(published_language_tags())


def records() -> list[dict[str, Any]]:
    """200 models with self-loops, cycles, ghosts, old ids and pairs of several relations."""
    rng = random.Random(11)
    made = []
    for i in range(200):
        tags = [f"license:{rng.choice(['mit', 'apache-2.0', 'llama3', 'other'])}"]
        tags += rng.sample(["en", "fr", "de", "zh", "is", "or", "trl", "eng"], rng.randint(0, 4))
        for _ in range(rng.randint(0, 3)):
            relation = rng.choice(["", *(f"{r}:" for r in evolution.PUBLISHED_ORDER)])
            parent = rng.choice([f"o/m{rng.randint(0, 199)}", "o/ghost", f"o/m{i}"])
            tags.append(f"base_model:{relation}{parent}")
        tags += [f"base_model:O/M{i}"] * (i % 3 == 0)
        made.append({"id": f"o/m{i}", "tags": tags, "cardData": {"language": "ja"}})
    return made


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    import orjson

    folder = tmp_path_factory.mktemp("published")
    (folder / "in.jsonl").write_bytes(b"\n".join(map(orjson.dumps, records())) + b"\n")
    return cladist.build(folder / "in.jsonl", folder / "x.snapshot")


def edge_list(trait: str, relation: str = "all") -> list[evolution.Edge]:
    tags = {str(r["id"]): r["tags"] for r in records()}
    value = {k: evolution.published_values(t, trait, CODES) for k, t in tags.items()}
    return [
        (value[child], value[parent], kind)
        for (child, parent), kind in evolution.published_edges(records()).items()
        if relation in ("all", kind)
    ]


def test_edges__are_the_published_ones(hub: Snapshot) -> None:
    ids = dict(cladist.query(hub, "SELECT node, model_id FROM models").to_pydict().items())
    name = dict(zip(ids["node"], ids["model_id"], strict=True))
    edges = edges_of(hub, definition="laufer2025")
    rows = zip(edges.child.tolist(), edges.parent.tolist(), edges.relation.tolist(), strict=True)
    found = {(name[child], name[parent]): NAMED[kind] for child, parent, kind in rows}
    assert found == evolution.published_edges(records())
    assert any(child == parent for child, parent in found)


@pytest.mark.parametrize("trait", ["license", "language"])
@pytest.mark.parametrize("relation", ["all", "finetune"])
def test_mutation__equals_the_literal_definition(hub: Snapshot, trait: str, relation: str) -> None:
    result = cladist.mutation_rate(
        hub, trait=trait, relations=relation, definition="laufer2025", replicates=50
    )
    row = next(r for r in result.table.to_pylist() if r["relation"] == "all")
    expected = evolution.mutation(edge_list(trait, relation), "all")
    for name, value in expected.items():
        assert row[name] == pytest.approx(value), name


@pytest.mark.parametrize("trait", ["license", "language"])
def test_transitions__equal_the_literal_definition(hub: Snapshot, trait: str) -> None:
    result = cladist.transition_counts(hub, trait=trait, definition="laufer2025")
    found = {
        (r["source"], r["target"]): (r["added"], r["removed"]) for r in result.table.to_pylist()
    }
    assert found == evolution.published_transitions(edge_list(trait))
    assert all(r["count"] == r["added"] + r["removed"] for r in result.table.to_pylist())


def test_transitions__one_label_counts_twice_a_list_many_times(
    build_records: BuildRecords,
) -> None:
    """mit -> gpl counts 2; {en, fr} -> {de}: added 2 (en, fr -> de), removed the same 2."""
    hub = build_records(
        [
            {"id": "o/p", "tags": ["license:mit", "en", "fr"]},
            {"id": "o/c", "tags": ["license:gpl", "de", "base_model:o/p"]},
        ]
    )
    rows = cladist.transition_counts(hub, trait="license", definition="laufer2025").table
    assert rows.to_pylist() == [
        {"source": "mit", "target": "gpl", "count": 2.0, "families": 1, "added": 1, "removed": 1,
         "share": 1.0, "low": None, "high": None, "clusters_effective": 1.0, "largest_share": 1.0,
         "few_lineages": True}
    ]  # fmt: skip
    rows = cladist.transition_counts(hub, trait="language", definition="laufer2025").table
    assert [(r["source"], r["target"], r["count"]) for r in rows.to_pylist()] == [
        ("en", "de", 2.0),
        ("fr", "de", 2.0),
    ]


def test_ordering__takes_the_top_values_by_models_and_leaves_other_out(
    build_records: BuildRecords,
) -> None:
    """``other`` is commonest but left out; ``bsd`` never flows; of a tie the net flow is 0."""
    models = [{"id": "o/a", "tags": ["license:llama3"]}, {"id": "o/b", "tags": ["license:mit"]}]
    models += [{"id": f"o/a{i}", "tags": ["license:other", "base_model:o/a"]} for i in range(5)]
    models += [{"id": f"o/b{i}", "tags": ["license:gpl", "base_model:o/a"]} for i in range(3)]
    models += [{"id": "o/c", "tags": ["license:bsd", "base_model:o/b"]},
               {"id": "o/d", "tags": ["license:bsd"]},
               {"id": "o/e", "tags": ["license:mit", "base_model:o/d"]}]  # fmt: skip
    result = cladist.trait_ordering(
        build_records(models), trait="license", definition="laufer2025", replicates=100
    )
    assert result.table["value"].to_pylist() == ["llama3", "gpl"]
    assert result.parameters["objective"] == 6.0


def test_definition_that_does_not_exist(simulated: Snapshot) -> None:
    with pytest.raises(InputError, match="no definition"):
        analysis("shape").run(simulated, definition="laufer2025")
    with pytest.raises(InputError, match="Definition"):
        cladist.mutation_rate(simulated, definition="paper")


def test_real_hub__published_mutation_rates_of_the_full_graph(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The Hub of July 2024 stands near the paper's full graph of July 2025.

    Paper (full graph): licence 0.1498, language 0.1280, task 0.2314.
    """
    source = real("hub_2024-07.parquet")
    hub = cladist.build(source, tmp_path_factory.mktemp("real") / "hub.snapshot")
    assert len(edges_of(hub, definition="laufer2025")) == 117_438 - 20_189
    rate = {
        trait: cladist.mutation_rate(
            hub, trait=trait, by="none", definition="laufer2025", replicates=100
        ).table["rate"][0].as_py()
        for trait in ("license", "language", "pipeline_tag")
    }  # fmt: skip
    assert rate == pytest.approx(
        {"license": 0.155368, "language": 0.125508, "pipeline_tag": 0.222607}, abs=1e-6
    )


def test_transitions__a_list_that_only_loses_flows_to_what_stays_as_published_alone(
    build_records: BuildRecords,
) -> None:
    hub = build_records(
        [{"id": "a/p", "tags": ["en", "de", "fr"]}, {"id": "b/1", "tags": ["base_model:a/p", "en"]}]
    )
    told = cladist.transition_counts(hub, trait="language", definition="laufer2025").table
    flows = [(r["source"], r["target"], r["count"]) for r in told.to_pylist()]
    assert flows == [("de", "en", 1), ("fr", "en", 1)]
    standard = cladist.transition_counts(hub, trait="language")
    assert standard.n == 1
    assert standard.table.num_rows == 0
    assert standard.tables["loss"]["value"].to_pylist() == ["de", "fr"]
