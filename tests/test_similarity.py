"""Similarity, motifs and kinship as analyses: texts, census, directions recovered, empty hubs."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from definitions import texts as definitions
from material import BuildRecords, real

import cladist
from cladist.errors import InputError
from cladist.kin.kin_draws import Kin, random_pool
from cladist.kin.motifs import MOTIFS
from cladist.kin.siblings import NOTHING, PARENTS_CLOSER, SIBLINGS_CLOSER
from cladist.snapshot import Snapshot
from cladist.texts.corpus import METRICS, PUBLISHED_METRICS, read_corpus
from cladist.texts.texts import card_bodies, published_metadata
from cladist.traits.edges import lineage_of
from cladist.traits.trait_sets import TRAIT_METRICS, TraitSets

WORDS = [f"tag{i}" for i in range(400)]


def hub_of(
    build_records: BuildRecords, mutate: Callable[..., list[str]], *, clans: int = 60
) -> Snapshot:
    """60 parents with 4 children each; a child's tags are the parent's, mutated."""
    rng = random.Random(5)
    records: list[dict[str, Any]] = []
    for c in range(clans):
        tags = rng.sample(WORDS, 20)
        target = rng.sample(WORDS, 20)
        records.append({"id": f"o{c}/p", "tags": tags, "createdAt": "2024-01-01T00:00:00Z"})
        for k in range(4):
            own = mutate(rng, tags, target)
            records.append({"id": f"x{k}/c{c}", "tags": [*own, f"base_model:o{c}/p"],
                            "createdAt": "2024-02-01T00:00:00Z"})  # fmt: skip
    return build_records(records)


def neutral(rng: random.Random, tags: list[str], _: list[str]) -> list[str]:
    """Each tag is replaced by a random one with probability 0.3."""
    return [rng.choice(WORDS) if rng.random() < 0.3 else t for t in tags]


def directed(rng: random.Random, tags: list[str], target: list[str]) -> list[str]:
    """Each tag is replaced with probability 0.7 by that which all children turn to."""
    return [target[i] if rng.random() < 0.7 else t for i, t in enumerate(tags)]


def verdicts(hub: Snapshot, definition: str, weighting: str = "parents") -> dict[str, str]:
    result = cladist.genetic_similarity(
        hub, text="metadata", definition=definition, weighting=weighting, draws=500, replicates=200
    )
    return {r["metric"]: r["verdict"] for r in result.tables["siblings"].to_pylist()}


def test_neutral_mutation__siblings_are_not_closer_but_as_published_they_are(
    build_records: BuildRecords,
) -> None:
    """The tag that names the parent, which only children have, makes siblings alike."""
    hub = hub_of(build_records, neutral)
    assert set(verdicts(hub, "standard").values()) == {PARENTS_CLOSER}
    published = verdicts(hub, "laufer2025")
    assert published["levenshtein"].startswith(SIBLINGS_CLOSER)


@pytest.mark.parametrize("weighting", ["parents", "families", "pairs", "authors"])
def test_directed_mutation__siblings_are_closer(
    build_records: BuildRecords, weighting: str
) -> None:
    hub = hub_of(build_records, directed)
    found = verdicts(hub, "standard", weighting)
    assert set(found) == set(METRICS)
    assert set(found.values()) == {SIBLINGS_CLOSER}


@pytest.mark.parametrize("weighting", ["pairs", "parents", "families"])
def test_matched_and_excess__add_up_on_the_trios_that_have_strangers(
    build_records: BuildRecords, weighting: str
) -> None:
    """Half the clans are of a task that no other family has: no stranger, fewer parents."""
    rng = random.Random(3)
    records: list[dict[str, Any]] = []
    for c in range(20):
        task = {"pipeline_tag": f"task-{c}" if c % 2 else "shared"}
        for name, parent in ((f"o{c}/p", []), *((f"x{k}/c{c}", [f"base_model:o{c}/p"])
                                                for k in range(3))):  # fmt: skip
            records.append({"id": name, "tags": [*rng.sample(WORDS[:40], 20), *parent], **task})
    result = cladist.genetic_similarity(
        build_records(records), text="metadata", weighting=weighting, draws=100, replicates=100
    )
    for row in result.tables["siblings"].to_pylist():
        assert (row["parents"], row["matched_parents"]) == (20, 10)
        assert row["matched"] + row["excess"] == pytest.approx(row["matched_difference"], abs=1e-9)
        assert row["matched_difference"] != row["difference"]
        assert row["matched_clusters_effective"] == pytest.approx(10)
        assert row["matched_largest_share"] == pytest.approx(0.1)


def test_duo__is_a_census_of_edges(build_records: BuildRecords) -> None:
    hub = hub_of(build_records, neutral, clans=20)
    result = cladist.genetic_similarity(hub, text="metadata", draws=50, replicates=100)
    duo = [r for r in result.table.to_pylist() if r["motif"] == "duo"]
    assert {r["n"] for r in duo} == {80}
    lineage = lineage_of(hub)
    corpus = read_corpus(hub, "metadata", np.arange(lineage.n))
    texts = {int(n): t for n, t in zip(corpus.nodes, corpus.texts.to_pylist(), strict=True)}
    pairs = [
        (texts[c], texts[p]) for c, p in zip(lineage.edge_child, lineage.edge_parent, strict=True)
    ]
    expected = np.mean([1 - definitions.levenshtein(a, b) / max(len(a), len(b)) for a, b in pairs])
    by = {(r["metric"], r["weighting"]): r["mean"] for r in duo}
    assert by["levenshtein", "pairs"] == pytest.approx(expected)
    # Every parent has four children: all weightings agree.
    assert by["levenshtein", "parents"] == pytest.approx(by["levenshtein", "pairs"])


def test_metadata__is_the_same_in_whatever_order_a_source_lists_its_tags(
    build_records: BuildRecords,
) -> None:
    tags = ["pytorch", "license:mit", "en", "base_model:o/p", "zebra", "arxiv:1"]
    records = [{"id": "o/p", "tags": ["base"]}]
    records += [{"id": f"o/{n}", "tags": t} for n, t in (("a", tags), ("b", tags[::-1]))]
    corpus = read_corpus(build_records(records), "metadata", np.arange(3))
    assert sorted(corpus.texts.to_pylist()) == ["arxiv:1 en license:mit pytorch zebra"] * 2 + [
        "base"
    ]


def test_vocabulary__is_that_of_relatives_whatever_strangers_are_drawn(
    build_records: BuildRecords,
) -> None:
    """Each stranger has words of its own, so that those drawn would change what is common."""
    rng = random.Random(3)
    records: list[dict[str, Any]] = [
        {"id": f"s{i}/m", "tags": [f"word{i % 700}", f"rest{i % 11}"]} for i in range(3000)
    ]
    for c in range(20):
        tags = rng.sample(WORDS, 12)
        records.append({"id": f"o{c}/p", "tags": tags})
        for k in range(2):
            own = [*rng.sample(tags, 6), *rng.sample(WORDS, 6)]
            records.append({"id": f"o{c}/c{k}", "tags": [*own, f"base_model:o{c}/p"]})
    hub = build_records(records)
    edges = lineage_of(hub)
    related = np.union1d(edges.edge_child, edges.edge_parent)
    corpus = read_corpus(hub, "metadata", related)
    for metric in ("tfidf", "tfidf_full", "bow"):
        expected = corpus.similarity(metric, edges.edge_child, edges.edge_parent).mean()
        for seed in (0, 1):
            result = cladist.genetic_similarity(
                hub, text="metadata", metric=metric, weighting="pairs", draws=20, replicates=100,
                seed=seed,
            )  # fmt: skip
            duo = [r["mean"] for r in result.table.to_pylist() if r["motif"] == "duo"]
            assert duo == [pytest.approx(expected, abs=1e-12)]
    longer = read_corpus(hub, "metadata", np.arange(edges.n), fit=related)
    assert longer.terms == corpus.terms
    assert longer.terms != read_corpus(hub, "metadata", np.arange(edges.n)).terms


def test_rows__every_position_text_metric_and_weighting(simulated: Snapshot) -> None:
    result = cladist.genetic_similarity(simulated, draws=200, replicates=100)
    positions = sum(len(m.positions) for m in MOTIFS.values())
    kinds = 2 * len(METRICS) + len(TRAIT_METRICS)
    assert result.table.num_rows == positions * kinds * 3
    assert result.tables["siblings"].num_rows == kinds * 3
    for row in result.table.to_pylist():
        if row["n"]:
            assert 0 <= row["mean"] <= 1
            assert row["n"] + row["dropped"] <= max(200, result.n)
    published = cladist.genetic_similarity(
        simulated, definition="laufer2025", draws=200, replicates=100
    )
    assert published.table.num_rows == positions * 2 * len(PUBLISHED_METRICS) * 3


def test_traits__jaccard_where_both_state_it(build_records: BuildRecords) -> None:
    """License mit, mit and gpl, mit; languages {en, fr} and {en}; one child states nothing."""
    hub = build_records(
        [
            {"id": "o/p", "tags": ["license:mit", "en", "fr"]},
            {"id": "o/a", "tags": ["license:mit", "en", "base_model:o/p"]},
            {"id": "o/b", "tags": ["license:gpl", "base_model:o/p"]},
            {"id": "o/c", "tags": ["base_model:o/p"]},
        ]
    )
    sets = TraitSets.read(hub)
    node = {m: hub.node(m) for m in ("o/p", "o/a", "o/b", "o/c")}
    a = np.array([node["o/p"], node["o/p"], node["o/p"], -1])
    b = np.array([node["o/a"], node["o/b"], node["o/c"], node["o/a"]])
    assert sets.similarity("license", a, b).tolist()[:2] == [1.0, 0.0]
    assert np.isnan(sets.similarity("license", a, b)[2:]).all()
    assert sets.similarity("language", a, b)[0] == 0.5
    result = cladist.genetic_similarity(hub, text="traits", draws=10, replicates=100)
    duo = {r["metric"]: r for r in result.table.to_pylist()
           if r["motif"] == "duo" and r["weighting"] == "pairs"}  # fmt: skip
    assert (duo["license"]["mean"], duo["license"]["n"], duo["license"]["dropped"]) == (0.5, 2, 0)


def test_whole_cards__are_drawn_and_longer(simulated: Snapshot) -> None:
    short, long = (
        cladist.genetic_similarity(
            simulated, text="card", metric="levenshtein", weighting="parents", replicates=100,
            characters=characters,
        )
        for characters in (512, 20_000)
    )  # fmt: skip
    assert short.n == long.n
    duo = [next(r for r in x.table.to_pylist() if r["motif"] == "duo") for x in (short, long)]
    assert duo[0]["n"] == short.n
    assert duo[1]["n"] == short.n  # few edges are all compared, however long the texts
    assert duo[0]["mean"] != duo[1]["mean"]
    drawn = {r["n"] + r["dropped"] for r in long.table.to_pylist() if r["motif"] == "trio_1"}
    assert drawn == {700}
    assert "first 20,000 characters" in long.definition
    assert "first 512 characters" in short.definition
    assert long.tables["siblings"]["trios"][0].as_py() <= 8000


def test_same_seed_same_bytes(simulated: Snapshot) -> None:
    first, second = (
        json.dumps(f(simulated, seed=3, draws=100, replicates=100).to_dict())
        for f in (cladist.genetic_similarity, cladist.kinship_correlation) for _ in (0,)
    )  # fmt: skip
    again, more = (
        json.dumps(f(simulated, seed=3, draws=100, replicates=100).to_dict())
        for f in (cladist.genetic_similarity, cladist.kinship_correlation) for _ in (0,)
    )  # fmt: skip
    assert (first, second) == (again, more)


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([{"id": "o/a"}, {"id": "o/b"}], "no edge"),
        ([{"id": "o/a"}, {"id": "o/b", "tags": ["base_model:o/a"]}], "No two relatives"),
    ],
)
def test_nothing_to_compare__says_why(
    build_records: BuildRecords, records: list[dict[str, Any]], why: str
) -> None:
    hub = build_records(records)
    result = cladist.genetic_similarity(hub, draws=10, replicates=100)
    assert result.n == 0
    assert any(why in note for note in result.notes)
    assert {r["verdict"] for r in result.tables["siblings"].to_pylist()} == {NOTHING}
    assert "NaN" not in json.dumps(result.to_dict())
    assert cladist.motif_census(hub).n == len(records[1].get("tags", []))
    assert "NaN" not in json.dumps(cladist.motif_census(hub).to_dict())
    related = cladist.kinship_correlation(hub, draws=10, replicates=100)
    assert related.notes
    assert "NaN" not in json.dumps(related.to_dict())


def test_texts_that_are_all_empty__say_so_one_by_one(build_records: BuildRecords) -> None:
    """Models that state nothing but their parent: no record, no card, no trait to compare."""
    hub = build_records(
        [{"id": "o/p"}, *({"id": f"o/{i}", "tags": ["base_model:o/p"]} for i in range(3))]
    )
    result = cladist.genetic_similarity(hub, draws=10, replicates=100)
    assert result.n == 0
    assert {r["n"] for r in result.table.to_pylist()} == {0}
    assert {r["mean"] for r in result.table.to_pylist()} == {None}
    for thing in ("state a task", "no card texts", "state one of license"):
        assert sum(thing in note for note in result.notes) == 1
    traits = cladist.genetic_similarity(hub, text="traits", draws=10, replicates=100)
    assert traits.n == 0
    assert any("state one of license" in note for note in traits.notes)


def test_random_pairs__every_family_and_every_author_alike(build_records: BuildRecords) -> None:
    """A star of 60 models of one author beside 20 single models of their own authors."""
    star = [{"id": "big/p"}, *({"id": f"big/c{i}", "tags": ["base_model:big/p"]}
                               for i in range(60))]  # fmt: skip
    hub = build_records([*star, *({"id": f"o{i}/x"} for i in range(20))])
    kin = Kin.of(hub, "all", "standard")
    node = {f"o{i}/x": hub.node(f"o{i}/x") for i in range(20)}
    drawn: dict[str, list[int]] = {"families": [], "authors": []}
    for weighting, found in drawn.items():
        for seed in range(300):
            pool = random_pool(kin, weighting, 3, seed)
            assert len(set(kin.labels(weighting)[pool].tolist())) == 3
            found.extend(pool.tolist())
        alone = np.isin(found, list(node.values()))
        # 21 labels, 20 of them single: the star is drawn in 3 of 21 pools, not in nearly all.
        assert 0.9 < np.mean(alone) < 0.98
    assert len(random_pool(kin, "pairs", 1000, 0)) == 81
    members = random_pool(kin, "families", 1000, 1), random_pool(kin, "families", 1000, 2)
    assert [len(m) for m in members] == [21, 21]
    assert set(members[0].tolist()) != set(members[1].tolist())


def test_kinship__siblings_closer_than_parents_are_told_where_steps_seem_to_bring_likeness(
    build_records: BuildRecords,
) -> None:
    told = cladist.kinship_correlation(
        hub_of(build_records, directed), text="metadata", draws=200, replicates=200
    )
    assert any("By metadata, models more steps apart are more alike" in n for n in told.notes)


def test_kinship__nothing_to_compare_counts_nothing(build_records: BuildRecords) -> None:
    records = [{"id": "o/p"}, {"id": "o/a", "tags": ["base_model:o/p"]}]
    told = cladist.kinship_correlation(build_records(records), draws=10, replicates=100)
    assert (told.n, told.finding) == (0, "")
    assert "No two relatives both have a record that can be compared." in told.notes


def test_one_family__is_few_lineages(build_records: BuildRecords) -> None:
    hub = hub_of(build_records, directed, clans=1)
    rows = cladist.genetic_similarity(hub, text="metadata", draws=50, replicates=100)
    contrasts = [r for r in rows.tables["siblings"].to_pylist() if r["parents"]]
    assert contrasts
    assert {r["verdict"] for r in contrasts} == {"few independent lineages"}
    assert rows.finding == ""


@pytest.mark.parametrize(
    "options",
    [{"text": "title"}, {"metric": "word2vec"}, {"weighting": "all"}, {"cluster": "edge"},
     {"draws": 0}, {"relations": "cousin"}, {"definition": "paper"},
     {"definition": "laufer2025", "metric": "bow_full"}, {"characters": 100},
     {"replicates": 1}, {"seed": 1.5}, {"characters": 600.5},
     {"characters": 30_000}, {"definition": "laufer2025", "characters": 1000}],
)  # fmt: skip
def test_options_that_do_not_exist(simulated: Snapshot, options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        cladist.genetic_similarity(simulated, **options)


# --- texts --------------------------------------------------------------------------------------


def test_metadata__leaves_out_what_is_inherited_by_construction(
    build_records: BuildRecords,
) -> None:
    hub = build_records(
        [{"id": "o/a", "likes": 7, "downloads": 9, "createdAt": "2024-01-01T00:00:00Z",
          "pipeline_tag": "fill-mask", "library_name": "transformers",
          "tags": ["transformers", "bert", "fill-mask", "dataset:o/d", "o/p", "base_model:o/p",
                   "base_model:finetune:o/p", "license:mit", "region:us"]}]
    )  # fmt: skip
    texts = read_corpus(hub, "metadata", np.arange(2)).texts.to_pylist()
    assert texts == ["fill-mask transformers bert dataset:o/d license:mit region:us"]
    published = read_corpus(hub, "metadata", np.arange(2), definition="laufer2025")
    record = published.texts[0].as_py()
    assert "'base_model:finetune:o/p'" in record
    assert "'likes': 7" in record


def test_published_metadata__is_the_dictionary_as_text():
    assert published_metadata(['{"a":[1,null,"x"],"b":true}', None, "{"]) == [
        "{'a': [1, None, 'x'], 'b': True}", None, None,
    ]  # fmt: skip


def test_card_bodies():
    body = "word " * 200
    cards = [f"---\nlicense: mit\n---\n\n{body}", "short", None,
             f"see https://x.org/y and org/name. {body}"]  # fmt: skip
    found = card_bodies(cards, limit=20)
    assert found == ["word word word word ", None, None, "see and word word wo"]
    assert card_bodies([body], limit=20_000) == [body.strip()]


def test_corpus__says_which_nodes_have_a_text(simulated: Snapshot) -> None:
    corpus = read_corpus(simulated, "card", np.arange(0, 500))
    assert (np.diff(corpus.nodes) > 0).all()
    assert corpus.has(corpus.nodes).all()
    values = corpus.similarity("tfidf", np.array([0, 0]), np.array([0, 499]))
    assert np.isnan(values[0]) == (not corpus.has(np.array([0]))[0])
    with pytest.raises(InputError):
        corpus.similarity("euclid", np.array([0]), np.array([0]))
    with pytest.raises(InputError):
        read_corpus(simulated, "title", np.arange(3))


# --- motifs and kinship -------------------------------------------------------------------------


def test_motifs__of_a_small_hub(build_records: BuildRecords) -> None:
    """A star of three and a chain below one of its children."""
    records = [{"id": "o/p"}, *({"id": f"o/c{i}", "tags": ["base_model:o/p"]} for i in range(3)),
               {"id": "o/g", "tags": ["base_model:o/c0"]}]  # fmt: skip
    result = cladist.motif_census(build_records(records))
    counts = {r["motif"]: r["count"] for r in result.table.to_pylist()}
    assert counts == {"random": 10, "duo": 4, "trio_1": 3, "trio_2": 1, "quad_0": 1, "quad_1": 0,
                      "quad_2": 2, "quad_3": 0}  # fmt: skip
    trio = result.table.to_pylist()[2]
    assert (trio["largest"], trio["largest_share"], trio["parents"]) == ("o/p", 1.0, 1)
    kin = {r["kin"]: r["pairs"] for r in result.tables["kin"].to_pylist()}
    assert kin["parent-child"] == 4
    assert kin["aunt/uncle"] == 2
    assert kin["unrelated"] == 0


def test_kinship__likeness_that_halves_with_every_step_is_found(
    build_records: BuildRecords,
) -> None:
    """40 families of four generations whose tags mutate: the nearer, the more alike."""
    rng = random.Random(2)
    records: list[dict[str, Any]] = []
    for f in range(40):
        tags = {0: rng.sample(WORDS, 20)}
        records.append({"id": f"o{f}/m0", "tags": tags[0]})
        for i in range(1, 15):
            tags[i] = neutral(rng, tags[(i - 1) // 2], [])
            parent = f"base_model:o{f}/m{(i - 1) // 2}"
            records.append({"id": f"o{f}/m{i}", "tags": [*tags[i], parent]})
    result = cladist.kinship_correlation(build_records(records), text="metadata", draws=400)
    assert result.finding.startswith("by metadata, nearer kin are more alike (rho 0.")
    assert not any("steps apart are more alike" in note for note in result.notes)
    for row in result.table.to_pylist():
        assert row["n"] > 500
        if row["against"] == "kinship":
            assert row["low"] > 0.4
        else:
            assert row["high"] < -0.4
    by = [r for r in result.tables["distance_metadata"].to_pylist() if r["metric"] == "bow"]
    means = [r["mean"] for r in by]
    assert means == sorted(means, reverse=True)
    assert [r["kinship"] for r in by] == pytest.approx([0.5 ** r["distance"] for r in by])
    # On trees the classes of kinship are those of distance, and so are their means.
    near = [r for r in result.tables["kinship_metadata"].to_pylist() if r["metric"] == "bow"]
    for class_, other in zip(near, by, strict=True):
        assert {k: class_[k] for k in ("kinship", "distance", "mean", "n")} == pytest.approx(
            {k: other[k] for k in ("kinship", "distance", "mean", "n")}
        )
        assert class_["clusters"] <= 40
        assert 0 < class_["largest_share"] < 0.2


def test_real_hub__siblings_are_closer_with_and_without_the_parent_tag(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """July 2024: the paper's finding (b) stands once base_model tags, ids and dates are gone."""
    hub = cladist.build(
        real("hub_2024-07.parquet"), tmp_path_factory.mktemp("real") / "hub.snapshot"
    )
    census = {r["motif"]: r["count"] for r in cladist.motif_census(hub).table.to_pylist()}
    assert census["duo"] == 116_691
    for definition in ("standard", "laufer2025"):
        result = cladist.genetic_similarity(
            hub, text="metadata", metric="tfidf", definition=definition, draws=1000, replicates=200
        )
        by = {r["weighting"]: r for r in result.tables["siblings"].to_pylist()}
        assert by["parents"]["verdict"] == by["families"]["verdict"] == SIBLINGS_CLOSER
        assert by["pairs"]["verdict"] == "few independent lineages"
        assert by["parents"]["excess"] < by["parents"]["difference"]


def test_sources_without_records__are_compared_by_their_columns(tmp_path) -> None:
    (tmp_path / "in.csv").write_text(
        "model_id,parent,pipeline_tag,license\no/a,,x,mit\no/b,o/a,x,mit\n"
    )
    (tmp_path / "map.toml").write_text(
        '[columns]\nmodel_id = "model_id"\nparent = "parent"\n'
        'pipeline_tag = "pipeline_tag"\nlicense = "license"\n'
    )
    hub = cladist.build(tmp_path / "in.csv", tmp_path / "x.snapshot", columns=tmp_path / "map.toml")
    result = cladist.genetic_similarity(hub, text="metadata", draws=10, replicates=100)
    assert result.n == 1


def _marriages(parents: int, merges: int) -> list[dict[str, Any]]:
    """Unlike parents, and merges of all of them that are alike."""
    records = [
        {"id": f"p/{i}", "tags": [f"t{i * 7 + k}" for k in range(5)]} for i in range(parents)
    ]
    tags = [f"base_model:merge:p/{i}" for i in range(parents)]
    return records + [
        {"id": f"m/{k}", "tags": [*tags, "same", "words", "here"]} for k in range(merges)
    ]


def test_merges_of_the_same_parents_are_one_lineage(build_records: BuildRecords) -> None:
    """One pair of siblings with a hundred parents is one observation, not a hundred."""
    hub = build_records(_marriages(100, 2))
    told = cladist.genetic_similarity(hub, text="metadata", metric="tfidf", replicates=100)
    for row in told.tables["siblings"].to_pylist():
        assert row["clusters"] == 1
        assert row["verdict"] == "few independent lineages"
        assert row["low"] is None
        assert 1 < row["trios"] <= 100
    assert told.finding == ""
    edges = [r for r in told.table.to_pylist() if r["motif"] == "duo"]
    assert all(r["clusters"] == 1 and r["few_lineages"] for r in edges)
    kin = cladist.kinship_correlation(hub, text="metadata", draws=200, replicates=100)
    assert all(r["low"] is None for r in kin.table.to_pylist() if r["clusters"] < 2)
    assert any("Few independent lineages" in note for note in kin.notes)


def test_rows__do_not_depend_on_what_else_is_asked_for(simulated: Snapshot) -> None:
    alone = cladist.genetic_similarity(
        simulated, text="metadata", metric="tfidf", weighting="parents", draws=200, replicates=100
    )
    whole = cladist.genetic_similarity(simulated, draws=200, replicates=100)
    wanted = [
        r for r in whole.table.to_pylist()
        if (r["text"], r["metric"], r["weighting"]) == ("metadata", "tfidf", "parents")
    ]  # fmt: skip
    assert alone.table.to_pylist() == wanted
    assert {r["pair"] for r in wanted} > {"upper parent-child", "lower parent-child"}
    assert all(r["pairs"] <= max(r["n"], 0) for r in wanted)


def test_draws_are_counted_apart_from_pairs(build_records: BuildRecords) -> None:
    hub = build_records(_marriages(1, 2))
    told = cladist.genetic_similarity(hub, text="metadata", metric="bow", draws=500, replicates=100)
    rows = {(r["motif"], r["position"], r["weighting"]): r for r in told.table.to_pylist()}
    assert (rows["trio_1", 2, "pairs"]["n"], rows["trio_1", 2, "pairs"]["pairs"]) == (500, 1)
    assert rows["random", 1, "pairs"]["pairs"] == 3
    assert told.tables["siblings"]["trios"].to_pylist()[0] == 1


@pytest.mark.parametrize("draws", [0, -1, 10**7, 2.5, "10", True])
def test_draws__that_are_none(build_records: BuildRecords, draws: Any) -> None:
    hub = build_records(_marriages(1, 2))
    with pytest.raises(InputError, match="draws"):
        cladist.genetic_similarity(hub, draws=draws)
    with pytest.raises(InputError, match="draws"):
        cladist.kinship_correlation(hub, draws=draws)


@pytest.mark.parametrize("option", ["text", "metric", "weighting"])
def test_empty_words_are_no_words(build_records: BuildRecords, option: str) -> None:
    with pytest.raises(InputError):
        cladist.genetic_similarity(build_records(_marriages(1, 2)), **{option: ""})


def test_a_metric_of_traits_says_where_it_belongs(build_records: BuildRecords) -> None:
    with pytest.raises(InputError, match="traits"):
        cladist.genetic_similarity(build_records(_marriages(1, 2)), metric="license")


def test_kinship__founders_are_founders(build_records: BuildRecords) -> None:
    told = cladist.kinship_correlation(build_records(_marriages(1, 2)), draws=10, replicates=100)
    assert told.tables["founders"]["founder"].to_pylist() == ["p/0"]


def test_names_of_the_command_line_lead_to_the_function() -> None:
    with pytest.raises(AttributeError, match=r"cladist\.genetic_similarity"):
        _ = cladist.similarity
