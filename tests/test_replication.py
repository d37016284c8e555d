"""Replication: every published figure has a place, ours are those of the analyses, hostile ids."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from material import BuildRecords

import cladist
from cladist.analyses import ANALYSES
from cladist.replication import comparison
from cladist.replication.comparison import PARTS, _belongs
from cladist.replication.figures import Figure, published
from cladist.replication.measures import Measured
from cladist.replication.verdicts import (
    REASONS,
    half_unit,
    is_rate,
    is_signed,
    reason,
    sentence,
    verdict,
)
from cladist.report import plan
from cladist.views.replication_html import replication_page


@pytest.fixture(scope="module")
def authors(tmp_path_factory: pytest.TempPathFactory):
    """A simulated hub in the authors' CSV layout, read back and replicated."""
    folder = tmp_path_factory.mktemp("authors")
    cladist.simulate(1000, folder / "ecosystem.csv", seed=3, format="modelbiome")
    hub = cladist.build(folder / "ecosystem.csv", folder / "authors.snapshot")
    return hub, cladist.replicate(hub, seed=1)


def test_every_published_figure_belongs_to_exactly_one_part():
    figures = published()
    assert len({f.id for f in figures}) == len(figures) > 700
    for figure in figures:
        assert len([p.name for p in PARTS if _belongs(figure, p)]) == 1, figure.id


def test_replicate__the_authors_layout_gives_every_part_that_can_be_measured(authors):
    _, told = authors
    assert told.n == len(published())
    parts = {p["part"]: p for p in told.tables["parts"].to_pylist()}
    assert sum(p["figures"] for p in parts.values()) == told.n
    for name in ("hub", "values", "fertility", "mutation", "ordering", "flows", "drift"):
        assert parts[name]["measured"] > 0, name
    assert parts["similarity"]["measured"] >= 144
    assert parts["arxiv"]["measured"] == parts["early"]["measured"] == 0
    assert "not the authors'" in told.notes[0]
    assert told.parameters["authors"] is False
    assert told.provenance.simulated


def test_replicate__values_are_those_of_the_analyses(authors):
    hub, told = authors
    rows = {r["id"]: r for r in told.table.to_pylist()}
    rate = cladist.mutation_rate(hub, trait="license", by="none", definition="laufer2025")
    row = rows["mutation.full.license"]
    assert row["as_published"] == pytest.approx(rate.table.to_pylist()[0]["rate"])
    assert row["n"] == rate.table.to_pylist()[0]["n"]
    assert row["difference"] == pytest.approx(row["as_published"] / row["published"] - 1)
    order = cladist.trait_ordering(
        hub, trait="license", definition="laufer2025", top=20, replicates=0
    )
    assert rows["ordering.license.full.n20.mutations_share"]["as_published"] == pytest.approx(
        order.parameters["forward_share"]
    )
    orders = {o["id"]: o for o in told.tables["orders"].to_pylist()}
    ours = orders["ordering.license.full.n20.order"]["as_published"]
    assert re.split(r" [>=|] ", ours) == order.table["value"].to_pylist()
    assert ours.count(" > ") + ours.count(" | ") + 1 == len(set(order.table["rank"].to_pylist()))
    edges = rows["data.n_edges_full"]["as_published"]
    assert edges == sum(
        rows[f"data.n_edges_{r}"]["as_published"]
        for r in ("finetune", "quantized", "adapter", "merge", "untyped")
    )
    numbers = cladist.numeric_drift(hub, trait="languages", definition="laufer2025", by="none")
    spoken = numbers.table.to_pylist()[0]
    assert rows["drift.nlang.parent_reporting"]["as_published"] == spoken["parent_mean"]
    assert rows["drift.nlang.missing_edges"]["as_published"] == spoken["n_missing"]


def test_replicate__counts_by_hand(build_records: BuildRecords):
    hub = build_records(
        [
            {"id": "a/p", "tags": ["license:mit", "en", "fr"], "pipeline_tag": "fill-mask"},
            {"id": "b/1", "tags": ["base_model:finetune:a/p", "license:mit", "en"]},
            {"id": "b/2", "tags": ["base_model:adapter:a/p", "license:apache-2.0"]},
            {"id": "b/3", "tags": ["base_model:adapter:gone/away"]},
        ]
    )
    rows = {r["id"]: r for r in cladist.replicate(hub).table.to_pylist()}
    assert rows["data.n_edges_full"]["as_published"] == 2
    assert rows["data.n_edges_full"]["standard"] == 3  # the ghost's child is one more
    assert rows["count.license.mit"]["as_published"] == 2
    assert rows["pct.license.mit"]["as_published"] == 50
    assert rows["data.n_languages_eq_2"]["as_published"] == 1
    assert rows["data.n_languages_eq_0"]["as_published"] == 2
    assert rows["mutation.full.license"]["as_published"] == 0.5
    assert rows["mutation.finetune.license"]["as_published"] == 0
    assert rows["mutation.full.language"]["as_published"] == 0.5
    assert rows["data.n_with_card"]["as_published"] is None
    assert rows["children.google/gemma-2b"]["as_published"] is None


def test_replicate__families_and_growth_by_hand(build_records: BuildRecords):
    """As published nothing joins a family but edges between records, without merges."""
    flux, gemma = "black-forest-labs/FLUX.1-dev", "google/gemma-2b"
    hub = build_records(
        [
            {"id": flux, "createdAt": "2024-08-01T00:00:00.000Z"},
            {"id": "b/1", "tags": [f"base_model:adapter:{flux}"],
             "createdAt": "2024-09-30T23:59:59.000Z"},
            {"id": "b/2", "tags": [f"base_model:merge:{flux}", "base_model:gone/away"],
             "createdAt": "2024-10-01T00:00:00.000Z"},
            {"id": "b/3", "tags": ["base_model:gone/away"],
             "createdAt": "2025-01-20T00:00:00.000Z"},
            {"id": "perplexity-ai/r1-1776-distill-llama-70b"},
            {"id": "p/1", "tags": [f"base_model:{'perplexity-ai/r1-1776-distill-llama-70b'}"]},
            {"id": "p/2", "tags": ["base_model:quantized:p/1", "base_model:merge:p/0"]},
            {"id": "b/4", "tags": [f"base_model:{gemma}"], "createdAt": "2024-01-01T00:00:00.000Z"},
        ]
    )  # fmt: skip
    rows = {r["id"]: r for r in cladist.replicate(hub).table.to_pylist()}

    def found(name: str) -> tuple[float | None, float | None]:
        return rows[name]["as_published"], rows[name]["standard"]

    assert found(f"family_size.{flux}") == (2, 5)  # itself, b/1; b/2 by merge, gone/away, b/3
    assert found(f"family_size.{gemma}") == (None, 2)  # it has no record
    assert found("graph.n_components_with_phantoms") == (3, 3)
    assert found("graph.components_lower_bound_nomerges") == (8 - 3, 5)  # models - edges; families
    assert found("family.r1_1776_distill_70b_descendants") == (3, 3)
    assert found("family.rank2500") == (None, None)
    assert found(f"growth.{flux}.2024-10") == (2, 2)
    assert found(f"growth.{flux}.2025-01") == (2, 3)
    assert found(f"growth.{flux}.2025-04") == (None, None)  # after the newest model
    assert found(f"children.{flux}") == (1, 2)  # b/2 names two parents
    assert found(f"children.{gemma}") == (1, 1)
    assert found("children.google/gemma-7b") == (None, None)
    assert found("count.license.mit") == (0, 0)  # nobody states it
    assert found("data.first_bin_count") == (1, 1)  # b/4: 385 days, so the first bin has 3.85


def test_verdict__what_is_the_same_and_what_is_compared():
    def told(figure_id: str, published: float, ours: float | None, tolerance: float | None = None,
             *, authors: bool = True, error: float | None = None) -> str:  # fmt: skip
        figure = Figure(figure_id, published, None, "printed", tolerance, "", "")
        return verdict(figure, Measured(ours, error=error), authors=authors)

    assert told("mutation.full.task", 0.2314, 0.23138) == "exact"
    assert told("mutation.full.task", 0.2314, 0.23149) == "differs"
    assert told("data.n_models", 1860411.0, 1860411) == "exact"
    assert told("data.n_models", 1860411.0, 1860412) == "differs"
    assert told("data.n_models", 1860411.0, 1860411, authors=False) == "not comparable"
    assert told("mutation.full.task", 0.2314, 0.23138, authors=False) == "exact"
    assert told("mutation.full.task", 0.2314, None) == "not measured"
    assert told("drift.auto.merge.child", 0.001, 0.003, 0.003) == "within reading error"
    mean = "sim.metadata.tfidf.published.trio_1.1"
    assert told(mean, 0.662, 0.667, 0.002, error=0.003) == "within sampling error"
    assert told(mean, 0.662, 0.672, 0.002, error=0.003) == "differs"
    assert half_unit(16.04) == pytest.approx(0.005)
    assert half_unit(4400.0) == 0.5
    assert half_unit(0.24189736672963127) >= 1e-12


def test_verdict__within_the_interval_by_clan_of_another_hub_alone():
    figure = Figure("mutation.full.license", 0.15, None, "printed", None, "", "")
    near, far = Measured(0.155, interval=(0.11, 0.2)), Measured(0.155, interval=(0.152, 0.2))
    assert verdict(figure, near, authors=False) == "within the interval by clan"
    assert verdict(figure, far, authors=False) == "differs"
    assert verdict(figure, near, authors=True) == "differs"
    told = sentence(figure, near, "within the interval by clan", authors=False)
    assert told.startswith("Within our interval by clan, 0.11 to 0.2, on another hub.")
    assert sentence(figure, far, "differs", authors=False).startswith("Differs by +3.3 %")


def test_sentence__of_a_difference_near_0_tells_no_ratio():
    figure = Figure("drift.hascard.delta", 0.0174, None, "printed", None, "", "")
    told = sentence(figure, Measured(-0.0026), "differs", authors=True)
    assert told.startswith("Differs by -0.02. ")
    assert not is_signed("drift.hascard.parent")
    assert sum(is_signed(f.id) for f in published()) == 7


def test_reasons__every_figure_has_one_and_none_is_idle():
    ids = [f.id for f in published()]
    for name in REASONS:
        assert any(reason(i) is REASONS[name] for i in ids), name
    for figure in ids:
        assert reason(figure).differs or reason(figure).unmeasured, figure
    counted = ("data.n_models", "drift.hascard.child", "sim.modelcard.kept.duo.bow",
               "ordering.license.full.n20.edges", "growth.google/gemma-2b.2024-10")  # fmt: skip
    assert not any(is_rate(c) for c in counted)
    assert is_rate("ordering.license.full.n20.mutations_share")


def test_replicate__sentences_say_what_the_numbers_say(authors, monkeypatch):
    hub, told = authors
    for row in told.table.to_pylist():
        same = row["as_published"] == row["standard"]
        if row["as_published"] is None:
            assert row["why"].startswith("Not measured: "), row["id"]
        elif row["standard"] is None:
            assert "No standard form" in row["why"], row["id"]
        else:
            assert ("Both definitions give the same here." in row["why"]) == same, row["id"]
        assert "nothing here has it" not in row["why"], row["id"]
        if is_signed(row["id"]):
            assert row["difference"] is None
        if row["verdict"] == "within the interval by clan":
            assert row["low"] <= row["published"] <= row["high"]
    counts = told.tables["verdicts"].to_pylist()
    assert sum(c["figures"] for c in counts) == told.table.num_rows
    edges = next(r for r in told.table.to_pylist() if r["id"] == "data.n_edges_full")
    whose = (hub.counts["models"], int(edges["as_published"]))
    monkeypatch.setattr(comparison, "AUTHORS", whose)
    monkeypatch.setattr(comparison, "PARTS", [p for p in PARTS if p.name == "hub"])
    again = cladist.replicate(hub)
    assert again.parameters["authors"] is True
    assert "as many models and edges as the authors'" in again.notes[0]
    assert "not comparable" not in again.table["verdict"].to_pylist()


def test_report__replication_page_is_written_linked_and_replaced(
    authors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    hub, _ = authors
    monkeypatch.setattr(plan, "ANALYSES", {"summary": ANALYSES["summary"]})
    out = tmp_path / "report"
    cladist.write_report(hub, out, replicate=True)
    page = (out / "replication.html").read_text()
    assert "replication.html" in (out / "index.html").read_text()
    assert "<script" not in page
    assert "SIMULATED DATA" in page
    assert page.count("<section") == len(PARTS) + 1  # and drift to English
    summary = json.loads((out / "summary.json").read_bytes())
    assert summary["results"]["replication"]["n"] == len(published())
    cladist.write_report(hub, out)
    assert not (out / "replication.html").exists()
    assert "replication.html" not in (out / "index.html").read_text()


def test_page__names_of_strangers_are_escaped(build_records: BuildRecords):
    evil = "license:<img src=x onerror=alert(1)>"
    hub = build_records(
        [
            {"id": "a/p", "tags": [evil]},
            {"id": "b/1", "tags": ["base_model:finetune:a/p", "license:mit"]},
        ],
        coverage="<script>alert(2)</script>",
    )
    page = replication_page(cladist.replicate(hub))
    assert "<img" not in page
    assert "<script" not in page
    assert "&lt;img" in page  # in the order of licences


def test_replicate__drift_to_english_beside_what_is_kept(build_records: BuildRecords):
    """Three children drop German from en, de; one exchanges French for English."""
    records = [
        {"id": "a/p", "tags": ["en", "de"]},
        *({"id": f"b/{i}", "tags": ["base_model:a/p", "en"]} for i in range(3)),
        {"id": "c/p", "tags": ["fr"]},
        {"id": "c/1", "tags": ["base_model:c/p", "en"]},
        {"id": "d/1", "tags": ["base_model:a/p"]},
    ]
    told = cladist.replicate(build_records(records))
    rows = {(r["graph"], r["definition"]): r for r in told.tables["english"].to_pylist()}
    published, standard = rows["full", "laufer2025"], rows["full", "standard"]
    assert (published["net"], published["total"]) == (3 + 2, 5)  # de -> en thrice, fr -> en twice
    assert (standard["net"], standard["total"]) == (1, 1)
    assert (standard["changed"], standard["only_lost"], standard["parents"]) == (4, 3, 3)
    assert (standard["kept"], standard["others_kept"]) == (1, 0)
    # A fourth child of the same parent states nothing: three of four keep English.
    fate = (standard["stating"], standard["kept_of_stating"], standard["silent"])
    assert fate == (4, 0.75, 0.25)
    assert (standard["beside"], standard["difference"]) == (3, 1)
    said = " ".join(told.tables["english_told"]["sentence"].to_pylist())
    assert "exceed those from it by 5 of 5" in said
    assert "one lineage alone" in said
    assert "states it too on 75 %, and on 25 % no language" in said
    assert "Where the child states a language too, it keeps English on 100 %" in said
    page = replication_page(told)
    assert "Drift to English" in page
    assert "one lineage alone" in page
    empty = cladist.replicate(build_records([{"id": "a/p"}]))
    assert empty.tables["english_told"].num_rows == 0
    assert "Drift to English" not in replication_page(empty)
