"""Replication: every published figure has a place, ours are those of the analyses, hostile ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from material import BuildRecords

import cladist
from cladist.analyses import ANALYSES
from cladist.replication.comparison import PARTS, _belongs
from cladist.replication.figures import published
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
    assert ours == " > ".join(order.table["value"].to_pylist())
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
    ]
    told = cladist.replicate(build_records(records))
    rows = {(r["graph"], r["definition"]): r for r in told.tables["english"].to_pylist()}
    published, standard = rows["full", "laufer2025"], rows["full", "standard"]
    assert (published["net"], published["total"]) == (3 + 2, 5)  # de -> en thrice, fr -> en twice
    assert (standard["net"], standard["total"]) == (1, 1)
    assert (standard["changed"], standard["only_lost"], standard["parents"]) == (4, 3, 3)
    assert (standard["kept"], standard["others_kept"]) == (1, 0)
    assert (standard["beside"], standard["difference"]) == (3, 1)
    said = " ".join(told.tables["english_told"]["sentence"].to_pylist())
    assert "exceed those from it by 5 of 5" in said
    assert "one lineage alone" in said
    page = replication_page(told)
    assert "Drift to English" in page
    assert "one lineage alone" in page
    empty = cladist.replicate(build_records([{"id": "a/p"}]))
    assert empty.tables["english_told"].num_rows == 0
    assert "Drift to English" not in replication_page(empty)
