"""The simulator: the same seed gives the same hub, and its truth can be found again."""

from __future__ import annotations

import ast
import csv
import gzip
import re
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cladist
from cladist.errors import InputError
from cladist.snapshot import Snapshot
from cladist.sources.hub_stats import HubStatsSource
from cladist.sources.synthetic import (
    MARK,
    Dirt,
    SyntheticHub,
    SyntheticSource,
    cards,
    published,
    simulate_hub,
    write_aliases,
    write_hub_stats,
    write_modelbiome,
    write_records,
    write_repositories,
)
from cladist.sources.synthetic.birth import FOUNDER
from cladist.sources.synthetic.draws import allot, fill_quota
from cladist.sources.synthetic.kernels import balanced_flows, directed_targets
from cladist.sources.synthetic.papers import cite
from cladist.sources.synthetic.rows import row_blocks
from cladist.sources.synthetic.tongues import tongues
from cladist.vocab import RELATION_CODE, RELATIONS

MODELS = 60_000


@pytest.fixture(scope="module")
def hub() -> SyntheticHub:
    return simulate_hub(MODELS, seed=7, cards=False)


@pytest.fixture(scope="module")
def small() -> SyntheticHub:
    return simulate_hub(3_000, seed=3)


def read(path: Path) -> pa.Table:
    return pa.concat_tables(batch.models for batch in HubStatsSource(path).batches())


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        hub = simulate_hub(1_200, seed=11)
        write_hub_stats(hub, tmp_path / f"{name}.parquet", card_text=True)
        write_records(hub, tmp_path / f"{name}.jsonl.gz")
        write_modelbiome(hub, tmp_path / f"{name}.csv")
    for kind in ("parquet", "jsonl.gz", "csv"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_other_seed_other_hub() -> None:
    one, two = simulate_hub(500, seed=1), simulate_hub(500, seed=2)
    assert one.model_id != two.model_id
    assert not np.array_equal(one.births.created, two.births.created)


def test_rows_do_not_depend_on_the_block(small: SyntheticHub) -> None:
    whole = pa.concat_tables(row_blocks(small, card_text=True))
    parts = pa.concat_tables(row_blocks(small, 97, card_text=True))
    assert whole.combine_chunks().equals(parts.combine_chunks())


@pytest.mark.parametrize("models", [0, 1, 2, 3, 10, 100])
@pytest.mark.parametrize("with_cards", [True, False])
def test_tiny_hubs(models: int, with_cards: bool, tmp_path: Path) -> None:
    dirt = Dirt(ghosts=0.5, cycles=0.5, self_loops=0.5)
    hub = simulate_hub(models, seed=models, cards=with_cards, dirt=dirt)
    write_hub_stats(hub, tmp_path / "hub.parquet")
    write_records(hub, tmp_path / "hub.jsonl")
    write_modelbiome(hub, tmp_path / "hub.csv")
    assert hub.models == models
    assert pq.read_metadata(tmp_path / "hub.parquet").num_rows == len(hub.rows) >= models
    assert sum(b.models.num_rows for b in SyntheticSource(hub=hub).batches()) == len(hub.rows)


def test_edges_and_relations_are_as_published(hub: SyntheticHub) -> None:
    births = hub.births
    assert len(births.child) == pytest.approx(573_653 / 1_860_411 * MODELS, rel=0.04)
    for relation, count in published.EDGES.items():
        expected = count / published.MODELS * (1 + published.UNMATCHED) * len(hub.ghost)
        found = int((births.relation == RELATION_CODE[relation]).sum())
        assert found == pytest.approx(expected, abs=6 * np.sqrt(expected) + 3), relation


def test_parents_are_older_so_there_is_no_cycle(hub: SyntheticHub) -> None:
    births = hub.births
    assert (births.parent < births.child).all()
    assert (births.parent >= 0).all()
    assert (np.diff(births.created) >= 0).all()
    assert (births.role[births.child] != FOUNDER).all()
    pairs = births.child * len(hub.ghost) + births.parent
    assert len(np.unique(pairs)) == len(pairs)


def test_merges_have_two_to_eight_parents(hub: SyntheticHub) -> None:
    merges = hub.births.role == RELATION_CODE["merge"]
    parents = np.bincount(hub.births.child, minlength=len(merges))
    assert parents[merges].max() <= 8
    assert (parents[merges] >= 2).mean() > 0.95
    assert (parents[~merges] <= 1).all()


def test_claims_are_the_true_edges_of_records_and_what_was_planted(hub: SyntheticHub) -> None:
    births, claims, planted = hub.births, hub.claims, hub.truth.planted
    size = len(hub.ghost)
    said = set((claims.child * size + claims.parent).tolist())
    told = ~hub.ghost[births.child]
    true = set((births.child[told] * size + births.parent[told]).tolist())
    loops = {int(m) * size + int(m) for m in planted["self_loops"]}
    back = {int(p) * size + int(c) for c, p in planted["cycles"]}
    far = {int(p) * size + int(c) for c, p in planted["long_cycles"]}
    assert loops
    assert back
    assert far
    assert said == true | loops | back | far
    assert len(claims.child) == len(true) + len(loops) + len(back) + len(far)


def test_long_cycles_are_of_three_and_four_models(tmp_path: Path) -> None:
    hub = simulate_hub(20_000, seed=8, cards=False, dirt=Dirt.of({
        **dict.fromkeys(Dirt.__dataclass_fields__, 0.0), "long_cycles": 1e-5}))  # fmt: skip
    above = hub.births.primary
    (a, top_a), (b, top_b) = hub.truth.planted["long_cycles"].tolist()
    assert above[above[a]] == top_a
    assert above[above[above[b]]] == top_b
    write_hub_stats(hub, tmp_path / "hub.parquet")
    built = cladist.build(tmp_path / "hub.parquet", tmp_path / "hub.snapshot")
    assert built.counts["cut_pairs"] == 2
    assert built.counts["pairs"] == len(hub.births.child) + 2


def test_without_cycles_and_dirt_nothing_is_planted() -> None:
    clean = simulate_hub(5_000, seed=5, dirt=Dirt.none())
    assert all(len(models) == 0 for models in clean.truth.planted.values())
    assert not clean.ghost.any()
    assert (clean.claims.parent < clean.claims.child).all()
    assert len(clean.rows) == 5_000
    assert (clean.claims.spelling == 0).all()


def test_ghosts_are_parents_without_a_record(hub: SyntheticHub) -> None:
    assert hub.ghost.sum() == hub.truth.planted["ghosts"].size > 0
    assert np.isin(np.flatnonzero(hub.ghost), hub.births.parent).all()
    assert not hub.ghost[hub.rows].any()
    assert not hub.ghost[hub.claims.child].any()


def test_fertility_is_as_published(hub: SyntheticHub) -> None:
    is_parent = np.zeros(len(hub.ghost), dtype=bool)
    is_parent[hub.births.parent] = True
    for relation in ("finetune", "quantized", "adapter"):
        mine = hub.births.role == RELATION_CODE[relation]
        expected = published.FERTILITY[relation]
        assert is_parent[mine].mean() == pytest.approx(expected, rel=0.15, abs=0.0005), relation


def test_stars_have_a_heavy_tail(hub: SyntheticHub) -> None:
    children = np.bincount(hub.births.parent)
    children = np.sort(children[children > 0])[::-1]
    assert children[0] > 0.02 * children.sum()
    assert np.median(children) <= 3
    assert children[: len(children) // 100].sum() > 0.25 * children.sum()


def test_dates_grow_from_the_floor(hub: SyntheticHub) -> None:
    stamps = pa.concat_tables(row_blocks(hub))["createdAt"].to_pylist()
    floor = published.FLOOR_TIME + ".000Z"
    assert stamps.count(floor) / MODELS == pytest.approx(
        published.FLOOR / published.MODELS, rel=0.15
    )
    good = sorted(s for s in stamps if s.startswith("20") and "-13-" not in s)
    assert good[0] == floor
    assert good[-1][:10] <= "2025-07-12"
    assert sum(s < "2024-07-01" for s in good) / MODELS == pytest.approx(0.3834, abs=0.02)


@pytest.mark.parametrize("trait", ["license", "pipeline_tag", "library_name", "datasets"])
@pytest.mark.parametrize("relation", ["finetune", "adapter", "quantized", "merge"])
def test_mutation_rates_are_recovered(hub: SyntheticHub, trait: str, relation: str) -> None:
    """Children that differ from their primary parent, against the mean of their chances."""
    births, stated, value = hub.births, hub.traits.stated[trait], hub.traits.code(trait)
    child = np.flatnonzero((births.role == RELATION_CODE[relation]) & stated)
    child = child[stated[births.primary[child]]]
    before = value[births.primary[child]]
    chance = hub.truth.kernels[trait].rate[RELATION_CODE[relation], before]
    changed = value[child] != before
    error = np.sqrt((chance * (1 - chance)).sum()) / len(child)
    assert changed.mean() == pytest.approx(chance.mean(), abs=4.5 * error)


def test_transition_matrices_are_recovered(hub: SyntheticHub) -> None:
    births, kernel = hub.births, hub.truth.kernels["library_name"]
    library = hub.traits.library_name
    for relation in ("finetune", "adapter"):
        matrix = kernel.matrix(relation)
        np.testing.assert_allclose(matrix.sum(axis=1), 1)
        edges = births.relation == RELATION_CODE[relation]
        parents, children = library[births.parent[edges]], library[births.child[edges]]
        for source in np.unique(parents):
            found = np.bincount(children[parents == source], minlength=len(kernel.values))
            expected = matrix[source] * found.sum()
            assert (np.abs(found - expected) <= 5 * np.sqrt(expected) + 5).all()


def test_languages_change_at_the_rates_of_their_kernel(hub: SyntheticHub) -> None:
    births, spoken, pool = hub.births, hub.traits.language.astype(np.int64), tongues()
    child = np.flatnonzero(births.role == RELATION_CODE["finetune"])
    before = spoken[births.primary[child]]
    rate = hub.truth.kernels["language"].rate[RELATION_CODE["finetune"]]
    for kind in range(3):
        mine = pool.kind(before) == kind
        changed = spoken[child][mine] != before[mine]
        error = np.sqrt(rate[kind] * (1 - rate[kind]) / mine.sum())
        assert changed.mean() == pytest.approx(rate[kind], abs=4.5 * error)


def test_lists_of_languages_change_into_lists_that_share_something() -> None:
    """A list narrows to a member of its own, or to English with one; one alone may be switched."""
    pool, uniform = tongues(), np.random.default_rng(1).random((2, 20_000))
    before = np.random.default_rng(2).integers(0, len(pool.size), 20_000)
    after = pool.change(before, *uniform)
    assert (after != before).all()
    assert (pool.size[after] <= 2).all()
    many = pool.size[before] > 1
    shared = (pool.members[before] > 0) & (pool.members[after] > 0)
    assert shared[many].any(axis=1).all()


@pytest.fixture(scope="module")
def neutral() -> SyntheticHub:
    return simulate_hub(40_000, 3, cards=False, neutral=True)


@pytest.mark.parametrize("trait", ["license", "pipeline_tag", "library_name", "language"])
@pytest.mark.parametrize("relation", ["finetune", "adapter", "quantized", "merge"])
def test_neutral_mutation_has_no_net_flow(neutral: SyntheticHub, trait: str, relation: str) -> None:
    """Flows a->b and b->a are equal but for chance: each pair, all pairs, and of lists the sum."""
    births, value = neutral.births, neutral.traits.code(trait).astype(np.int64)
    child = np.flatnonzero((births.role == RELATION_CODE[relation]) & (births.primary >= 0))
    before, after = value[births.primary[child]], value[child]
    size = int(value.max()) + 1
    flows = np.bincount(before * size + after, minlength=size * size).reshape(size, size)
    pairs = np.triu_indices(size, 1)
    total, net = (flows + flows.T)[pairs], (flows - flows.T)[pairs]
    assert (np.abs(net) <= 4.5 * np.sqrt(total) + 3).all()
    common = total >= 5
    chance = 1 + 5 * np.sqrt(2 / max(common.sum(), 1))
    assert (net[common] ** 2 / total[common]).sum() <= max(common.sum(), 1) * chance
    if trait == "language":
        gained = (tongues().size[after] - tongues().size[before]).astype(float)
        assert abs(gained.mean()) <= 4.5 * gained.std() / np.sqrt(len(gained)) + 1e-9


def test_neutral_mutation_keeps_the_rates(neutral: SyntheticHub) -> None:
    """What is asked for is met unless one value has most parents, and the truth says so."""
    hub = simulate_hub(20_000, 3, cards=False, neutral=True, giants=False, mutation={
        "license": {"finetune": 0.3, "adapter": {"mit": 0.9, "*": 0.1}}})  # fmt: skip
    kernel = hub.truth.kernels["license"]
    here = kernel.rate[RELATION_CODE["finetune"]]
    values = hub.traits.license[hub.births.primary[hub.births.role == 0]]
    met = here[np.unique(values)]
    # One value of a small generation may have most of its parents.
    assert (met < 0.3 + 1e-9).all()
    assert (met > 0.3 - 1e-9).mean() > 0.75
    assert here[values].mean() == pytest.approx(0.3, abs=0.03)
    assert kernel.rate[RELATION_CODE["adapter"], kernel.values.index("mit")] > 0.5
    births, value = neutral.births, neutral.traits.license
    child = np.flatnonzero(births.role == RELATION_CODE["finetune"])
    rate = neutral.truth.kernels["license"].rate[0, value[births.primary[child]]]
    changed = value[child] != value[births.primary[child]]
    allowed = 4.5 * np.sqrt((rate * (1 - rate)).sum())
    assert abs(changed.sum() - rate.sum()) <= allowed


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=12))
def test_balanced_flows_give_what_is_asked(out: list[float]) -> None:
    given_ = np.array(out)
    flows = balanced_flows(given_)
    np.testing.assert_allclose(flows, flows.T, atol=1e-12)
    assert (flows >= 0).all()
    assert not np.diag(flows).any()
    most = int(given_.argmax())
    given_[most] = min(given_[most], given_.sum() - given_[most])
    np.testing.assert_allclose(flows.sum(axis=1), given_, rtol=1e-7, atol=1e-9 * max(out))


def test_balanced_flows_by_hand() -> None:
    """Of three values that give 3, 3 and 2: x y + x z = 3, y x + y z = 3, z x + z y = 2."""
    np.testing.assert_allclose(balanced_flows(np.array([3.0, 3.0, 2.0])),
                               [[0, 2, 1], [2, 0, 1], [1, 1, 0]])  # fmt: skip
    np.testing.assert_allclose(balanced_flows(np.array([9.0, 1.0, 2.0])),
                               [[0, 1, 2], [1, 0, 0], [2, 0, 0]])  # fmt: skip


def test_a_mutation_rate_can_be_set() -> None:
    hub = simulate_hub(20_000, seed=1, cards=False, mutation={"license": {"finetune": 0.0}})
    births, licence = hub.births, hub.traits.license
    edges = births.relation == RELATION_CODE["finetune"]
    assert (licence[births.child[edges]] == licence[births.parent[edges]]).all()


def test_directed_targets_by_hand() -> None:
    targets = directed_targets(np.array([1.0, 1.0, 3.0]), 0.8)
    np.testing.assert_allclose(targets, [[0, 0.25, 0.75], [0.2, 0, 0.8], [0.5, 0.5, 0]])


def test_downloads_are_heavy_tailed_and_higher_for_founders(hub: SyntheticHub) -> None:
    is_parent = np.zeros(len(hub.ghost), dtype=bool)
    is_parent[hub.births.parent] = True
    founders = is_parent & (hub.births.role == FOUNDER)
    assert np.median(hub.downloads) <= 5
    assert np.median(hub.downloads[founders]) > 50
    assert hub.downloads.max() > 1000 * hub.downloads.mean() / 10
    assert hub.likes[founders].mean() > 10 * hub.likes[~is_parent].mean()


def test_ids_are_names_that_differ_not_only_by_case(hub: SyntheticHub) -> None:
    ids = hub.model_id.to_pylist()
    assert len({i.lower() for i in ids}) == len(ids)
    assert all(i.count("/") == 1 and i.isascii() and " " not in i for i in ids)


def test_a_parquet_file_is_marked_and_has_the_columns_of_the_hub(
    small: SyntheticHub, tmp_path: Path
) -> None:
    write_hub_stats(small, tmp_path / "hub.parquet", card_text=False)
    table = pq.read_table(tmp_path / "hub.parquet")
    wanted = {"id", "author", "sha", "lastModified", "createdAt", "private", "gated", "downloads",
              "likes", "tags", "pipeline_tag", "library_name", "cardData"}  # fmt: skip
    assert wanted <= set(table.column_names)
    assert table.schema.metadata[b"cladist.simulated"] == b"1"
    assert all(MARK in tags for tags in table["tags"].to_pylist())
    assert len(set(table["id"].to_pylist())) == small.models == 3_000


def test_json_lines_parse_and_say_what_the_parquet_file_says(
    small: SyntheticHub, tmp_path: Path
) -> None:
    write_records(small, tmp_path / "hub.jsonl.gz")
    with gzip.open(tmp_path / "hub.jsonl.gz") as lines:
        records = [orjson.loads(line) for line in lines]
    table = pa.concat_tables(row_blocks(small)).to_pylist()
    assert [r["tags"] for r in records] == [r["tags"] for r in table]
    assert [r.get("cardData") for r in records] == [
        None if r["cardData"] is None else orjson.loads(r["cardData"]) for r in table
    ]


def test_tags_name_every_claimed_parent(small: SyntheticHub) -> None:
    rows = pa.concat_tables(row_blocks(small))["tags"].to_pylist()
    typed = [t.split(":")[1] for tags in rows[: small.models] for t in tags
             if t.startswith("base_model:") and t.count(":") == 2]  # fmt: skip
    for relation in published.EDGES:
        expected = int((small.claims.relation == RELATION_CODE[relation]).sum())
        assert typed.count(relation) == (0 if relation == "unknown" else expected)
    assert set(typed) <= set(RELATIONS)


def test_modelbiome_has_lists_as_literals(small: SyntheticHub, tmp_path: Path) -> None:
    write_modelbiome(small, tmp_path / "hub.csv")
    with (tmp_path / "hub.csv").open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == len(small.rows)
    parents = [ast.literal_eval(row["finetune_parent"]) for row in rows]
    finetunes = small.claims.relation == RELATION_CODE["finetune"]
    assert sum(map(len, parents[: small.models])) == finetunes.sum()
    assert "English" in {name for row in rows for name in ast.literal_eval(row["languages"])}


def test_the_heavy_are_allotted_in_balance() -> None:
    """By hand: 8 takes the first of two equal columns, 5 and 3 the other, 1 the one that lacks."""
    even = np.ones((4, 2))
    weight = np.array([[8.0], [5.0], [3.0], [1.0]])
    told = allot(even, weight, np.array([0.9, 0.1, 0.1, 0.1]))
    assert told.tolist() == [0, 1, 1, 0]
    apart = allot(even, weight, np.zeros(4), np.array([0, 1, 0, 1]))
    assert apart.tolist() == [0, 0, 1, 1]


@given(st.integers(0, 2**32), st.integers(2, 5), st.integers(1, 60))
def test_no_column_is_taken_that_has_no_chance(seed: int, columns: int, entries: int) -> None:
    random = np.random.default_rng(seed)
    table = random.random((entries, columns)) * (random.random((entries, columns)) < 0.6)
    table[:, 0] += 0.01
    weight = random.pareto(1.0, (entries, 2)) * (random.random((entries, 1)) < 0.8)
    told = allot(table, weight, random.random(entries))
    assert (table[np.arange(entries), told] > 0).all()
    assert np.array_equal(told, allot(table, weight, np.zeros(entries))) or not weight.all()


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(0, 2**32))
def test_quotas_are_met_and_few_move(code: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    drawn, target = np.array(code, dtype=np.int64), random.random(5) + 0.01
    told = fill_quota(drawn, target, random.random(len(drawn)))
    wanted = target / target.sum() * len(drawn)
    assert (np.abs(np.bincount(told, minlength=5) - wanted) < 1).all()
    surplus = np.maximum(np.bincount(drawn, minlength=5) - np.bincount(told, minlength=5), 0)
    assert (told != drawn).sum() == surplus.sum()


def test_papers_are_many_and_run_in_lineages() -> None:
    hub = simulate_hub(30_000, seed=5)
    rows = pa.concat_tables(row_blocks(hub)).slice(0, hub.models)["tags"].to_pylist()
    cited = [[t for t in tags if t.startswith("arxiv:")] for tags in rows]
    assert all(len(tags) <= 1 for tags in cited)
    own = [t for tags in cited for t in tags if t != f"arxiv:{published.TEMPLATE_ARXIV}"]
    counts = np.sort(np.unique(own, return_counts=True)[1])[::-1]
    assert len(counts) > 80
    assert counts[0] > 20 * np.median(counts)
    assert 0.02 < len(own) / len(rows) < 0.10
    # No month of arXiv has had so many papers: the ids are nobody's.
    assert all(re.fullmatch(r"arxiv:(1[7-9]|2[0-5])(0[1-9]|1[0-2])\.[4-9]\d{4}", t) for t in own)
    births = hub.births
    papers = cite(births, hub.names.founder, np.ones(len(hub.ghost), dtype=bool), hub.seed)
    child = np.flatnonzero((births.primary >= 0) & (papers.cited >= 0))
    child = child[papers.cited[births.primary[child]] >= 0]
    same = papers.cited[child] == papers.cited[births.primary[child]]
    assert 0.6 < same.mean() < 0.95


def test_repositories_hold_the_cards(tmp_path: Path) -> None:
    hub = simulate_hub(300, seed=2, dirt=Dirt.none())
    write_repositories(hub, tmp_path / "models")
    assert all(any(folder.iterdir()) for folder in (tmp_path / "models").iterdir())
    cards = list((tmp_path / "models").glob("*/README.md"))
    assert hub.cards is not None
    assert len(cards) == (hub.cards.kind[~hub.ghost] > 0).sum()
    assert all(f"- {MARK}\n" in card.read_text() for card in cards)


def stated(snapshot: Snapshot, where: str) -> set[tuple[str, str, str]]:
    sql = ("SELECT c.model_id AS child, p.model_id AS parent, k.relation FROM claims k"
           " JOIN models c ON c.node = k.child JOIN models p ON p.node = k.parent"
           f" WHERE {where} AND k.child <> k.parent")  # fmt: skip
    rows = cladist.query(snapshot, sql, limit=10**6).to_pylist()
    return {(r["child"], r["parent"], r["relation"]) for r in rows}


def test_a_folder_names_the_parents_that_the_records_name(tmp_path: Path) -> None:
    """Configuration files name them with relation; cards name them, the relation is a guess."""
    hub = simulate_hub(1_500, seed=12, dirt=Dirt.of({
        **dict.fromkeys(Dirt.__dataclass_fields__, 0.0), "other_bases": 0.05}))  # fmt: skip
    write_repositories(hub, tmp_path / "models")
    write_records(hub, tmp_path / "hub.jsonl")
    folder = cladist.build(tmp_path / "models", tmp_path / "folder.snapshot")
    records = cladist.build(tmp_path / "hub.jsonl", tmp_path / "records.snapshot")
    tags = stated(records, "k.method = 'hub_tag'")
    others = set(hub.model_id.take(hub.truth.planted["other_bases"]).to_pylist())
    assert others
    configs = stated(folder, "k.method IN ('adapter_config', 'mergekit_config')")
    agreeing = {row for row in configs if row[0] not in others}
    assert agreeing == {r for r in tags if r[2] in ("adapter", "merge") and r[0] not in others}
    differing = {row for row in configs if row[0] in others}
    assert {row[0] for row in differing} == others
    assert all(parent.startswith("local-copies/") for _, parent, _ in differing)
    cards = {row[:2] for row in stated(folder, "k.method = 'card'")}
    told = cladist.query(folder, "SELECT model_id FROM models JOIN cards USING (node)",
                         limit=10**6)["model_id"].to_pylist()  # fmt: skip
    assert cards == {row[:2] for row in tags if row[0] in set(told)}
    assert folder.counts["rejects"] == 0


def test_a_folder_refuses_a_hub_without_cards(hub: SyntheticHub, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without cards"):
        write_repositories(hub, tmp_path)


def test_generated_cards_and_inherited_sections() -> None:
    hub = simulate_hub(30_000, seed=9)
    assert hub.cards is not None
    kind, births = hub.cards.kind, hub.births
    machine = np.isin(kind, (cards.TRAINER, cards.TEMPLATE))
    assert (kind > 0).mean() == pytest.approx(0.6704, abs=0.02)
    finetunes = births.role == RELATION_CODE["finetune"]
    assert machine[finetunes].mean() == pytest.approx(0.5017, abs=0.04)
    texts = pa.concat_tables(row_blocks(hub, card_text=True))["card"].to_pylist()
    generated = [t is not None and "automatically" in t for t in texts]
    assert generated == machine[hub.rows].tolist()
    heirs = hub.births.giant[births.child] >= 0
    for relation in ("finetune", "adapter", "quantized"):
        edges = (births.relation == RELATION_CODE[relation]) & ~heirs
        after, before = (hub.cards.variant[x[edges]] for x in (births.child, births.parent))
        same = (after == before)[before > 0].mean()
        kept = 1 - cards.DROPPED[relation] - cards.REWRITTEN[relation]
        assert same == pytest.approx(kept, abs=0.02)


def test_front_matter_agrees_with_the_tags() -> None:
    hub = simulate_hub(2_000, seed=4, dirt=Dirt.none())
    for row in pa.concat_tables(row_blocks(hub)).to_pylist():
        if row["cardData"] is None:
            continue
        front = orjson.loads(row["cardData"])
        assert front.get("pipeline_tag") == row["pipeline_tag"]
        stated = [t.removeprefix("license:") for t in row["tags"] if t.startswith("license:")]
        assert ([front["license"]] if "license" in front else []) == stated
        assert set(front.get("language", [])) <= set(row["tags"])


@pytest.mark.parametrize("card_text", [True, False])
def test_the_source_gives_what_reading_its_file_gives(
    small: SyntheticHub, tmp_path: Path, card_text: bool
) -> None:
    write_hub_stats(small, tmp_path / "hub.parquet", card_text=card_text)
    direct = SyntheticSource(hub=small, card_text=card_text)
    tables = pa.concat_tables(batch.models for batch in direct.batches())
    assert tables.combine_chunks().equals(read(tmp_path / "hub.parquet").combine_chunks())


def test_dirt_is_where_the_truth_says(small: SyntheticHub, tmp_path: Path) -> None:
    hub = simulate_hub(4_000, seed=6, dirt=Dirt(legacy=1, bad_dates=0.01, duplicates=0.01))
    planted = hub.truth.planted
    ids = hub.model_id.to_pylist()
    rows = pa.concat_tables(row_blocks(hub))
    stamps = dict(zip(rows["id"].to_pylist(), rows["createdAt"].to_pylist(), strict=True))
    bad = {i for i, s in stamps.items() if not s.startswith("20") or "-13-" in s}
    assert bad == {ids[m] for m in planted["bad_dates"]}
    assert len(rows) == 4_000 + len(planted["duplicates"]) == 4_040
    parents = {t.split(":")[-1] for tags in rows["tags"].to_pylist() for t in tags
               if t.startswith("base_model:")}  # fmt: skip
    bare = {p for p in parents if "/" not in p}
    assert bare
    assert bare <= set(hub.truth.aliases)
    assert any(p.endswith("/") for p in parents)
    write_aliases(hub, tmp_path / "aliases.csv")
    lines = (tmp_path / "aliases.csv").read_text().splitlines()
    assert len(lines) == 1 + len(hub.truth.aliases)


@pytest.mark.parametrize(
    "options",
    [{"models": -1}, {"dirt": Dirt(ghosts=2.0)}, {"ageing": 1.0}, {"relations": {"clone": 0.1}},
     {"mutation": {"colour": {}}}, {"mutation": {"license": {"finetune": 1.5}}}],
)  # fmt: skip
def test_options_out_of_range_are_named(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        simulate_hub(**{"models": 10, "seed": 1, **options})  # type: ignore[arg-type]


def test_relations_that_were_not_asked_for_are_not_there() -> None:
    hub = simulate_hub(4_000, 1, cards=False, relations={"finetune": 0.3})
    assert set(hub.births.relation.tolist()) == {RELATION_CODE["finetune"]}
    assert len(hub.births.child) == pytest.approx(0.3 * 4_000, rel=0.05)
    assert len(simulate_hub(2_000, 1, cards=False, relations={}).births.child) == 0


@pytest.mark.parametrize("relations", [{"finetune": 1.0}, dict.fromkeys(published.EDGES, 0.5)])
def test_relations_without_room_are_told(relations: dict[str, float]) -> None:
    with pytest.raises(InputError, match="room"):
        simulate_hub(2_000, 1, cards=False, relations=relations)
