"""The first analyses: hand-worked hubs, literal definitions, empty hubs, determinism, Spark."""

from __future__ import annotations

import inspect
import itertools
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from definitions import evolution
from material import BuildRecords

import cladist
from cladist.analyses import ANALYSES, analysis
from cladist.errors import InputError
from cladist.snapshot import Snapshot
from cladist.traits.edges import BY, published_edges
from cladist.traits.stated import published_values, values
from cladist.vocab import TRAITS

RELATIONS = ("finetune", "adapter", "quantized", "merge")


def edge_list(hub: Snapshot, trait: str) -> list[evolution.Edge]:
    sql = (
        f"SELECT c.{trait} AS c, p.{trait} AS p, relation FROM edges e"
        " JOIN models c ON c.node = e.child JOIN models p ON p.node = e.parent"
    )

    def values(given: Any) -> frozenset[str] | None:
        if given is None:
            return None
        return frozenset([given] if isinstance(given, str) else given)

    return [
        (values(r["c"]), values(r["p"]), r["relation"]) for r in cladist.query(hub, sql).to_pylist()
    ]


@pytest.fixture(scope="module")
def random_hub(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """300 models whose traits are drawn at random, silence and lists included."""
    import orjson

    rng = random.Random(4)
    records = []
    for i in range(300):
        tags = (
            [f"license:{rng.choice(['mit', 'apache-2.0', 'llama3'])}"] if rng.random() < 0.8 else []
        )
        parents = rng.sample(range(i), min(i, rng.choice([0, 1, 1, 1, 2, 3]))) if i else []
        tags += [f"base_model:{rng.choice(RELATIONS)}:o/m{p}" for p in parents]
        record: dict[str, Any] = {"id": f"o/m{i}", "tags": tags}
        if rng.random() < 0.8:
            record["cardData"] = {
                "language": rng.sample(["en", "fr", "de", "zh"], rng.randint(1, 3))
            }
        if rng.random() < 0.9:
            record["pipeline_tag"] = rng.choice(["fill-mask", "text-generation"])
        records.append(record)
    folder = tmp_path_factory.mktemp("random")
    (folder / "in.jsonl").write_bytes(b"\n".join(map(orjson.dumps, records)) + b"\n")
    return cladist.build(folder / "in.jsonl", folder / "x.snapshot")


@pytest.mark.parametrize("trait", ["license", "language", "pipeline_tag"])
def test_mutation__equals_the_literal_definition(random_hub: Snapshot, trait: str) -> None:
    edges = edge_list(random_hub, trait)
    result = cladist.mutation_rate(random_hub, trait=trait, replicates=50)
    rows = {r["relation"]: r for r in result.table.to_pylist()}
    assert set(rows) == {"all", *RELATIONS}
    for relation, row in rows.items():
        for name, expected in evolution.mutation(edges, relation).items():
            assert row[name] == pytest.approx(expected, abs=1e-12), (relation, name)
        assert row["low"] <= row["rate"] <= row["high"]
    assert result.n == rows["all"]["n"]


@pytest.mark.parametrize("trait", ["license", "language", "pipeline_tag"])
def test_transitions__equal_the_literal_definition(random_hub: Snapshot, trait: str) -> None:
    edges = edge_list(random_hub, trait)
    result = cladist.transition_counts(random_hub, trait=trait)
    found = {(r["source"], r["target"]): r["count"] for r in result.table.to_pylist()}
    expected = evolution.transitions(edges)
    assert found == {k: pytest.approx(float(v), abs=1e-9) for k, v in expected.items()}
    kept = {
        (r["value"], r["parent_size"]): (r["kept"], r["dropped"])
        for r in result.tables["retention"].to_pylist()
        if r["parent_size"] is not None
    }
    assert kept == evolution.retention(edges)
    both = [(c, p) for c, p, _ in edges if c is not None and p is not None and c != p]
    assert result.n == len(both)
    loss = {r["value"]: (r["edges"], r["pure"]) for r in result.tables["loss"].to_pylist()}
    for value, (count, pure) in loss.items():
        dropped = [(c, p) for c, p in both if value in p - c]
        assert (count, pure) == (len(dropped), sum(1 for c, p in dropped if not c - p))
    gain = {r["value"]: r["edges"] for r in result.tables["gain"].to_pylist()}
    assert gain == Counter(v for c, p in both for v in c - p)


def test_mutation__by_hand(build_records: BuildRecords) -> None:
    """Three edges: kept, replaced, one side silent."""
    hub = build_records(
        [
            {"id": "o/p", "tags": ["license:mit"]},
            {"id": "o/a", "tags": ["license:mit", "base_model:finetune:o/p"]},
            {"id": "o/b", "tags": ["license:apache-2.0", "base_model:finetune:o/p"]},
            {"id": "o/c", "tags": ["base_model:adapter:o/p"]},
        ]
    )
    rows = cladist.mutation_rate(hub, trait="license", replicates=10).table.to_pylist()
    told = [(r["relation"], r["rate"], r["n"], r["silent_child"]) for r in rows]
    assert told == [("all", 0.5, 2, 1), ("finetune", 0.5, 2, 0), ("adapter", None, 0, 1)]
    assert rows[0]["low"] is None  # one clan: there is nothing to resample


def test_relations__leave_edges_out(random_hub: Snapshot) -> None:
    every = cladist.mutation_rate(random_hub, trait="license", replicates=5)
    without = cladist.mutation_rate(
        random_hub, trait="license", relations="no-merges", replicates=5
    )
    only = cladist.mutation_rate(random_hub, trait="license", relations="merge", replicates=5)
    assert without.n + only.n == every.n
    assert {r["relation"] for r in only.table.to_pylist()} == {"all", "merge"}


def test_shape__by_hand(build_records: BuildRecords) -> None:
    """A star of four, a pair with a ghost founder, two alone."""
    hub = build_records(
        [
            {"id": "a/star", "tags": []},
            *({"id": f"a/s{i}", "tags": ["base_model:finetune:a/star"]} for i in range(3)),
            {"id": "b/child", "tags": ["base_model:finetune:gone/away"]},
            {"id": "c/1"},
            {"id": "c/2"},
        ]
    )
    result = cladist.family_shape(hub)
    rows = result.table.select(
        ["founder", "size", "depth", "width", "founder_is_ghost"]
    ).to_pylist()
    assert [tuple(r.values()) for r in rows] == [
        ("a/star", 4, 1, 3, False), ("gone/away", 2, 1, 1, True),
    ]  # fmt: skip
    assert result.tables["sizes"].to_pydict() == {"size": [2, 4], "families": [1, 1]}
    assert result.tables["forest"].to_pylist()[0]["alone"] == 2


def test_growth__months_floor_and_unknown(build_records: BuildRecords) -> None:
    hub = build_records(
        [
            {"id": "a/1", "createdAt": "2022-03-02T23:29:04Z"},
            {"id": "a/2", "createdAt": "2023-05-31T23:59:59Z", "tags": ["base_model:a/1"]},
            {"id": "a/3", "createdAt": "2023-05-01T00:00:00Z"},
            {"id": "a/4"},
        ]
    )
    result = cladist.hub_growth(hub)
    assert [tuple(r.values()) for r in result.table.to_pylist()] == [
        ("floor", 1, 0, 1), ("2023-05-01", 2, 1, 3), ("unknown", 1, 0, None),
    ]  # fmt: skip
    assert result.tables["families"].to_pylist() == [
        {"founder": "a/1", "month": "2023-05-01", "members": 2}
    ]


def test_documentation__cards_by_hand(build_records: BuildRecords) -> None:
    long = "# Title\n```\n# not a heading\n```\n## Uses\nAutomatically Generated by a tool"
    hub = build_records([{"id": "a/1", "card": long}, {"id": "a/2", "siblings": []}, {"id": "a/3"}])
    row = cladist.card_documentation(hub).table.to_pylist()[0]
    assert (row["known"], row["with_card"], row["texts"], row["generated"]) == (2, 0.5, 1, 1.0)
    assert row["mean_length"] == len(long)
    sections = cladist.card_documentation(hub).tables["sections"].to_pylist()
    assert [s["heading"] for s in sections] == ["title", "uses"]


def test_ordering__planted_order_is_found(build_records: BuildRecords) -> None:
    """gemma -> llama3 -> apache-2.0 -> mit, with one edge against it."""
    steps = [("gemma", "llama3")] * 5 + [("llama3", "apache-2.0")] * 5 + [("apache-2.0", "mit")] * 5
    steps += [("gemma", "mit")] * 3 + [("mit", "apache-2.0")]
    records = []
    for i, (parent, child) in enumerate(steps):
        records.append({"id": f"p/{i}", "tags": [f"license:{parent}"]})
        records.append({"id": f"c/{i}", "tags": [f"license:{child}", f"base_model:finetune:p/{i}"]})
    result = cladist.trait_ordering(build_records(records), trait="license")
    assert result.table["value"].to_pylist() == ["gemma", "llama3", "apache-2.0", "mit"]
    told = result.parameters
    assert (told["objective"], told["optimal"], told["unique"]) == (17.0, True, True)
    assert told["forward_share"] == pytest.approx(18 / 19, abs=1e-11)
    assert (told["pairs_compatible"], told["pairs_total"]) == (4, 4)
    assert all(0.8 <= s <= 1 for s in result.table["support"].to_pylist()[:-1])


def test_summary__denominators(build_records: BuildRecords) -> None:
    hub = build_records(
        [
            {"id": "a/1", "tags": ["license:mit", "base_model:g/host"], "downloads": 5},
            {"id": "a/2", "tags": ["license:mit"], "downloads": 7},
            {"id": "a/3"},
        ]
    )
    rows = {(r["field"], r["value"]): r for r in cladist.hub_summary(hub).table.to_pylist()}
    licence = rows["license", "mit"]
    assert (licence["count"], licence["stated"], licence["share_of_stated"]) == (2, 2, 1.0)
    assert licence["share_of_all"] == pytest.approx(2 / 3, abs=1e-11)
    assert rows["downloads", "a/2"]["stated"] == 12
    assert rows["parent", "g/host"]["count"] == 1


@pytest.mark.parametrize("name", list(ANALYSES))
def test_every_analysis__on_hubs_with_nothing_in_them(
    name: str, build_records: BuildRecords
) -> None:
    """No models; models without claims; one pair: a result, and a sentence where n is 0."""
    for records in (
        [{"broken": 1}],
        [{"id": "a/1"}],
        [{"id": "a/1"}, {"id": "a/2", "tags": ["base_model:a/1"]}],
    ):
        result = ANALYSES[name].run(build_records(records))
        told = result.to_dict()
        assert told["analysis"] == name
        for row in itertools.chain(told["table"], *told["tables"].values()):
            assert not any(isinstance(v, float) and np.isnan(v) for v in row.values())
        if result.n == 0:
            assert result.notes


@pytest.mark.parametrize("name", list(ANALYSES))
def test_every_analysis__same_seed_same_result(name: str, simulated: Snapshot) -> None:
    first, second = (ANALYSES[name].run(simulated).to_dict() for _ in range(2))
    assert first == second
    assert first["provenance"]["simulated"] is True
    assert first["provenance"]["snapshot_digest"] == simulated.digest


@pytest.mark.parametrize("name", list(ANALYSES))
def test_every_analysis__charts_name_columns_that_exist(name: str, simulated: Snapshot) -> None:
    result = ANALYSES[name].run(simulated)
    for chart in result.charts:
        columns = set(result.tables[chart.table].column_names)
        for role in ("x", "y", "value", "low", "high", "color"):
            assert getattr(chart, role) in columns | {""}, (chart.name, role)
        assert result.plot(chart.name) is not None


@pytest.mark.parametrize("by", list(BY))
def test_mutation__every_by(by: str, simulated: Snapshot) -> None:
    rows = cladist.mutation_rate(simulated, trait="license", by=by, replicates=20).table.to_pylist()
    column = "group" if by == "none" else by
    total = next(r["n"] for r in rows if r[column] == "all")
    assert sum(r["n"] for r in rows if r[column] != "all") in (total, 0)


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark"])
def test_reading__compiles_to_both_engines(dialect: str, simulated: Snapshot) -> None:
    import ibis

    models = simulated.table("models")
    asked = [models.select("node", found=read(models, t)) for t in TRAITS
             for read in (values, published_values)]  # fmt: skip
    for expression in (*asked, published_edges(simulated)):
        sql = ibis.to_sql(expression, dialect=dialect)
        assert sql.strip().upper().startswith(("SELECT", "WITH"))


def test_unknown_words__are_named_with_the_nearest(simulated: Snapshot) -> None:
    with pytest.raises(InputError, match="licens") as problem:
        cladist.mutation_rate(simulated, trait="licens")
    assert "license" in problem.value.remedy
    with pytest.raises(InputError, match="fintune"):
        cladist.mutation_rate(simulated, trait="license", relations="fintune")
    with pytest.raises(InputError, match="mutations"):
        analysis("mutations")
    with pytest.raises(InputError, match="--trait"):
        analysis("shape").run(simulated, trait="license")
    with pytest.raises(InputError, match="laufer2025"):
        analysis("shape").run(simulated, definition="laufer2025")


def test_registry__every_analysis_is_public_and_documented() -> None:
    public = set(cladist.__all__)
    for item in ANALYSES.values():
        function = item.load()
        assert item.function in public
        text = inspect.getdoc(function) or ""
        for option in item.options():
            assert option in text, (item.name, option)


def test_mutation__author_unknown_is_neither_kept_nor_changed(build_records: BuildRecords) -> None:
    hub = build_records(
        [
            {"id": "bare", "tags": ["license:mit"]},
            {"id": "o/a", "tags": ["license:mit", "base_model:finetune:bare"]},
            {"id": "o/b", "tags": ["license:mit", "base_model:finetune:o/a"]},
            {"id": "q/c", "tags": ["license:mit", "base_model:finetune:o/a"]},
        ]
    )
    rows = cladist.mutation_rate(hub, trait="license", by="author", replicates=5).table.to_pylist()
    assert {r["author"]: r["n"] for r in rows} == {"all": 3, "kept": 1, "changed": 1, "unknown": 1}


def test_ordering__says_what_it_uses_and_leaves_out(build_records: BuildRecords) -> None:
    steps = [("gemma", "mit")] * 2 + [("gemma", "other")] * 3
    records = []
    for i, (parent, child) in enumerate(steps):
        records.append({"id": f"p/{i}", "tags": [f"license:{parent}"]})
        records.append({"id": f"c/{i}", "tags": [f"license:{child}", f"base_model:finetune:p/{i}"]})
    told = cladist.trait_ordering(build_records(records), trait="license")
    assert told.table["value"].to_pylist() == ["gemma", "mit"]
    assert told.parameters["share_of_changed_edges"] == 0.4
    assert told.parameters["left_out"] == ["other"]
    assert any("40.0 %" in note for note in told.notes)


def test_documentation__sections_equal_the_literal_definition(build_records: BuildRecords) -> None:
    from cladist.values.card import sections, split

    cards = [
        "---\nlicense: mit\n# a comment, no heading\n---\n# Title\n\nSetext\n======\n````\n# code\n"
        "```\n# code still\n````\n## \n### Last ###",
        "no headings",
        "",
    ]
    hub = build_records([{"id": f"a/{i}", "card": c} for i, c in enumerate(cards)])
    found = cladist.query(hub, "SELECT card_sections, card_body_length FROM models ORDER BY node")
    bodies = [split(c)[1] for c in cards]
    assert found["card_body_length"].to_pylist() == [len(body) for body in bodies]
    expected = [sections(body) for body in bodies]
    assert expected[0] == ["Title", "Setext", "Last"]
    assert [v or [] for v in found["card_sections"].to_pylist()] == expected


def test_mutation__the_row_of_all_edges_does_not_depend_on_the_grouping(
    random_hub: Snapshot,
) -> None:
    rows = [
        cladist.mutation_rate(random_hub, trait="license", by=by, replicates=50).table
        for by in ("relation", "none", "author")
    ]
    first, *others = (
        {k: v for k, v in t.to_pylist()[0].items() if k not in ("relation", "group", "author")}
        for t in rows
    )
    assert all(other == first for other in others)


def test_summary__fertility_and_single_parents_by_hand(build_records: BuildRecords) -> None:
    """p has three children, of which one adapter and one merge of two parents have a child."""
    hub = build_records(
        [
            {"id": "a/p", "tags": []},
            {"id": "b/1", "tags": ["base_model:adapter:a/p"]},
            {"id": "b/2", "tags": ["base_model:adapter:a/p"]},
            {"id": "b/3", "tags": ["base_model:merge:a/p", "base_model:merge:b/1"]},
            {"id": "c/1", "tags": ["base_model:finetune:b/3"]},
        ]
    )
    told = cladist.hub_summary(hub).tables["fertility"].to_pylist()
    assert {r["relation"]: (r["fertile"], r["edges"]) for r in told} == {
        "all": (3, 5),
        "adapter": (1, 2),
        "merge": (2, 2),
        "finetune": (0, 1),
    }
    published = cladist.hub_summary(hub, definition="laufer2025")
    told = published.tables["fertility"].to_pylist()
    assert {r["relation"]: (r["fertile"], r["edges"]) for r in told} == {
        "all": (0, 3),  # b/1 has a child by a merge alone
        "adapter": (0, 2),
        "finetune": (0, 1),
    }
    children = published.tables["top_parent"].to_pylist()
    assert {r["value"]: r["count"] for r in children} == {"a/p": 2, "b/3": 1}


def test_summary__as_published_a_parent_is_a_name_in_the_tags(build_records: BuildRecords) -> None:
    """Another letter case is another name; who names two parents is nobody's only child."""
    hub = build_records(
        [
            {"id": "a/P"},
            {"id": "b/1", "tags": ["base_model:a/P", "base_model:finetune:a/P"]},
            {"id": "b/2", "tags": ["base_model:a/p"]},
            {"id": "b/3", "tags": ["base_model:a/P", "base_model:b/1"]},
        ]
    )

    def children(definition: str) -> dict[str, int]:
        told = cladist.hub_summary(hub, definition=definition).tables["top_parent"].to_pylist()
        return {r["value"]: r["count"] for r in told}

    assert children("laufer2025") == {"a/P": 1, "a/p": 1}
    assert children("standard") == {"a/P": 3, "b/1": 1}


_ALONG_EDGES = (cladist.mutation_rate, cladist.transition_counts, cladist.trait_drift,
                cladist.numeric_drift, cladist.trait_ordering)  # fmt: skip
_WRONG: tuple[dict[str, Any], ...] = (
    *({"replicates": n} for n in (-1, 1.5, True, "10")), *({"top": n} for n in (0, -3, 2.5)),
    *({"seed": n} for n in (-1, 1.5, None)), {"trait": "nope"}, {"trait": ["license"]},
    {"relations": "nope"}, {"relations": ""}, {"relations": ["finetune"]},
    {"definition": "x"}, {"cluster": "x"}, {"cluster": None},
)  # fmt: skip


@pytest.mark.parametrize("wrong", _WRONG, ids=str)
def test_options__what_cannot_be_used_is_told(random_hub: Snapshot, wrong: dict[str, Any]) -> None:
    for measure in _ALONG_EDGES:
        with pytest.raises(InputError):
            measure(random_hub, **wrong)
    if wrong.keys() & {"replicates", "top", "seed"}:
        with pytest.raises(InputError):
            cladist.hub_summary(random_hub, **wrong)


def test_options__no_resamples_only_where_they_are_not_needed(random_hub: Snapshot) -> None:
    for measure in (*_ALONG_EDGES[:-1], cladist.hub_summary):
        with pytest.raises(InputError, match="1 or more"):
            measure(random_hub, replicates=0)
    order = cladist.trait_ordering(random_hub, replicates=0)
    assert order.n > 0
    assert set(order.table["support"].to_pylist()) == {None}


@pytest.mark.parametrize("rank", [0, -1, "x", "0,1", ",".join(map(str, range(1, 26)))])
def test_portraits__a_rank_that_is_none_is_told(random_hub: Snapshot, rank: Any) -> None:
    with pytest.raises(InputError):
        cladist.family_portraits(random_hub, rank=rank)


def test_portraits__one_rank_may_be_a_number(random_hub: Snapshot) -> None:
    one, same = (cladist.family_portraits(random_hub, rank=r) for r in (1, "1"))
    assert one.table == same.table
    assert one.n > 0
