"""The panel of the report that says in words who is more alike."""

from __future__ import annotations

from types import SimpleNamespace

import pyarrow as pa

from cladist.analyses import ANALYSES
from cladist.kin.siblings import (
    FEW,
    NOTHING,
    PARENTS_CLOSER,
    SIBLINGS_CLOSER,
    STRANGERS_APART_TOO,
    STRANGERS_TOO,
    UNDECIDED,
    discover,
)
from cladist.report import plan
from cladist.report.panel import sibling_panel


def row(text, metric, weighting, verdict, difference=0.2):
    known = None if verdict == NOTHING else difference
    return {"text": text, "metric": metric, "weighting": weighting, "verdict": verdict,
            "difference": known, "low": known, "high": known, "parents": 40,
            "clusters_effective": known and 31.0}  # fmt: skip


def run_of(key, rows):
    run = plan.Run(ANALYSES["similarity"], plan.Variant(key))
    return run, SimpleNamespace(tables={"siblings": pa.Table.from_pylist(rows)})


CORRECTED = run_of("", [
    row("metadata", "bow", "pairs", FEW, 0.9), row("metadata", "tfidf", "pairs", FEW),
    row("metadata", "bow", "parents", SIBLINGS_CLOSER, 0.2),
    row("metadata", "tfidf", "parents", SIBLINGS_CLOSER, 0.26),
    row("metadata", "bow", "families", PARENTS_CLOSER, -0.1),
    row("metadata", "tfidf", "families", UNDECIDED, 0.01),
    *(row("card", m, w, NOTHING) for m in ("bow", "tfidf")
      for w in ("pairs", "parents", "families")),
    row("traits", "license", "parents", STRANGERS_TOO, 0.05),
])  # fmt: skip
PUBLISHED = run_of("as-published", [row("metadata", "bow", "pairs", SIBLINGS_CLOSER, 0.3)])


def test_verdict__strangers_stand_beside_either_answer():
    """An answer that strangers of the children's kind give as well is no answer about descent."""
    told = []
    for low, high, excess in ((0.1, 0.2, (0.05, 0.1)), (0.1, 0.2, (-0.1, 0.1)),
                              (-0.2, -0.1, (-0.1, -0.05)), (-0.2, -0.1, (-0.1, 0.1)),
                              (-0.1, 0.1, (-0.1, 0.1))):  # fmt: skip
        rows = [{"parents": 9, "few_lineages": False, "p": 0.001, "low": low, "high": high,
                 "excess_low": excess[0], "excess_high": excess[1]}]  # fmt: skip
        discover(rows)
        told.append(rows[0]["verdict"])
    assert told == [SIBLINGS_CLOSER, STRANGERS_TOO, PARENTS_CLOSER, STRANGERS_APART_TOO, UNDECIDED]
    panel = sibling_panel([run_of("", [row("traits", "license", "parents", told[3], -0.07)])])
    assert panel is not None
    assert "but so are strangers of their kind (D -0.07)" in panel.groups[0].sentences[0]


def test_sentences__one_a_text_with_every_weighting():
    panel = sibling_panel([CORRECTED, PUBLISHED])
    assert panel is not None
    corrected, published = panel.groups
    assert corrected.title == "Corrected"
    assert corrected.sentences == (
        "By records: where every pair of siblings weighs the same, too few independent lineages to "
        "tell; where every parent weighs the same, siblings are more alike than parent and child "
        "(D 0.20 to 0.26); where every family weighs the same, parent and child are more alike "
        "than siblings (bow; D -0.10) and no difference is shown (tfidf; D 0.01).",
        "By cards, there is nothing to compare.",
        "By traits: where every parent weighs the same, siblings are more alike than parent and "
        "child, but so are strangers of their kind (D 0.05).",
    )
    assert published.title.startswith("As published")
    assert published.weightings == ("pairs",)


def test_rows__a_cell_for_every_run_and_weighting():
    panel = sibling_panel([CORRECTED, PUBLISHED])
    assert panel is not None
    cells = {(text, metric): found for text, metric, found in panel.rows}
    assert {len(found) for found in cells.values()} == {4}
    assert [c.kind for c in cells["records", "bow"]] == ["few", "siblings", "parents", "siblings"]
    assert cells["records", "bow"][1].words == "siblings 0.20"
    assert cells["records", "bow"][1].title.startswith("D = 0.200 (0.200 to 0.200); 40 parents")
    assert [c.words for c in cells["cards", "bow"]] == ["–"] * 4
    assert cells["traits", "licence"][1].words == "siblings* 0.05"


def test_no_run_no_panel():
    assert sibling_panel([]) is None


def test_cell__no_minus_stands_before_nothing():
    panel = sibling_panel([run_of("", [row("card", "bow", "pairs", UNDECIDED, -0.003)])])
    assert panel is not None
    assert panel.rows[0][2][0].words == "no difference 0.00"
