"""Published, as published here, and standard: one table of every figure, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from cladist.replication import alike, english, hub, traits
from cladist.replication.figures import Figure, published
from cladist.replication.measures import Measured, Measures
from cladist.result import Chart, Result
from cladist.statistics.inference import round_digits

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

Step = Callable[[str, int, int], None]

#: Models and edges of the authors' snapshot: one with as many is taken for theirs.
AUTHORS: Final = (1_860_411, 573_653)

_DEFINITION: Final = (
    "Every figure that the paper and its repository publish (published), what the same rule gives "
    "on this snapshot (as_published, definition laufer2025), and the corrected value (standard). "
    "difference is as_published over published, less 1. evidence says how the published figure is "
    "known: printed in an output, derived from printed ones, read off a picture (pixel), or quoted "
    "by others (secondary)."
)


@dataclass(frozen=True)
class Part:
    """One part of the replication.

    ``prefixes`` of the ids of its figures, ``why`` the standard form differs (or why nothing is
    measured), ``measure`` from the snapshot, the seed and the figures asked for.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    why: str
    measure: Callable[[Snapshot, int, list[Figure]], Measures] | None


def _seeded(
    measure: Callable[[Snapshot, int], Measures],
) -> Callable[[Snapshot, int, list[Figure]], Measures]:
    return lambda snapshot, seed, _: measure(snapshot, seed)


def _after(figures: list[Figure], prefix: str) -> list[str]:
    return [f.id.removeprefix(prefix) for f in figures if f.id.startswith(prefix)]


def _growth(snapshot: Snapshot, _: int, figures: list[Figure]) -> Measures:
    asked = [name.rpartition(".") for name in _after(figures, "growth.")]
    return hub.growth(snapshot, [(name, month) for name, _, month in asked])


PARTS: Final = (
    Part("hub", "The hub", ("data",),
         "The standard edges also join children to parents without a record (ghosts), to renamed "
         "ones and by letter case, and leave out self-loops and cycles; languages have codes of "
         "three letters too and no false friends.", _seeded(hub.sizes)),
    Part("values", "What models state", ("count.license", "count.language", "count.dataset", "pct"),
         "The standard form also reads the card and the fields of the record, not the tags alone; "
         "dataset names keep their owner.", _seeded(hub.commonest)),
    Part("parents", "Children of the top parents", ("children",),
         "As published only children that name a single parent count; the standard form counts "
         "every child.", _seeded(hub.parents)),
    Part("downloads", "Downloads", ("downloads",),
         "A count of 30 days before the reading; it is the same in both definitions.",
         lambda h, _, f: hub.downloads(h, _after(f, "downloads."))),
    Part("families", "Families", ("family_size", "family.rank2500", "graph"),
         "As published merges are left out; the standard family counts them. Both count parents "
         "without a record.",
         lambda h, _, f: hub.families(h, _after(f, "family_size."))),
    Part("growth", "Growth of families", ("growth",),
         "As published merges are left out; the standard family counts them. Models whose date "
         "was back-filled count from the floor date on.", _growth),
    Part("fertility", "Fertility", ("further", "further_rate"),
         "The standard form counts a child by any relation, merges and ghosts' children included.",
         _seeded(hub.fertility)),
    Part("motifs", "Motifs", ("motif",),
         "Same count, on the edges of either definition.", _seeded(hub.motifs)),
    Part("similarity", "Genetic similarity", ("sim",),
         "The standard texts leave out ids, dates, counters and the tags that name the parent, and "
         "cards lose their front matter; every parent weighs the same, not every pair.",
         _seeded(alike.similarity)),
    Part("mutation", "Mutation", ("mutation",),
         "The same Jaccard distance. As published a parent named by an old id is skipped; the "
         "standard edges follow it, which on hubs of 2024 brings back many fill-mask models. "
         "Values come from card and record, not from the tags alone.", _seeded(traits.mutation)),
    Part("ordering", "Orders", ("ordering",),
         "As published a change of one label counts twice and one of a list many times; in the "
         "standard form a changed edge counts once, so that traffic is in edges.",
         _seeded(traits.ordering)),
    Part("flows", "Largest flows", ("flow",),
         "As published in counts of transitions, two for each changed label; the standard form is "
         "in edges.", lambda h, _, f: traits.flows(h, [x.id for x in f])),
    Part("drift", "Drift of numbers", ("drift",),
         "The standard form counts the edges after cuts, and leaves silence unknown where the "
         "published one counts it as 0; see numeric-drift for the change with every lineage "
         "weighing the same.", _seeded(traits.drift)),
    Part("arxiv", "Categories of papers", ("count.arxiv_cat",),
         "Not measured: needs arXiv's category of every paper, which no snapshot holds.", None),
    Part("early", "The early study", ("early", "family.r1_1776"),
         "Not measured: another set of 53,991 models, or one model's descendants at another day.",
         None),
)  # fmt: skip

_FIELDS: Final = (
    ("part", pa.string()), ("id", pa.string()), ("figure", pa.string()),
    ("published", pa.float64()), ("as_published", pa.float64()), ("difference", pa.float64()),
    ("standard", pa.float64()), ("n_published", pa.int64()), ("n", pa.int64()),
    ("evidence", pa.string()), ("tolerance", pa.float64()), ("source", pa.string()),
)  # fmt: skip


def _quiet(step: str, done: int, total: int) -> None:
    """Report progress to nobody."""


def replicate(snapshot: Snapshot, *, seed: int = 0, report: Step = _quiet) -> Result:
    """Measure every published figure on a snapshot, in both definitions.

    Parameters
    ----------
    snapshot
        Any snapshot; of the authors' own data if it is built from their CSV.
    seed
        Seed of the draws of similarity.
    report
        Told about progress: step, done, total.

    Returns
    -------
    Result
        Rows ``part``, ``id``, ``figure``, ``published``, ``as_published``, ``difference``,
        ``standard``, ``n_published``, ``n``, ``evidence``, ``tolerance``, ``source``; null where
        nothing is known here. Table ``orders``: the published orders, ours, and ``agreement``
        (share of pairs of common values in the same order); ``english``
        (:func:`cladist.replication.english.drift_to_english`) and what it says, ``english_told``.
        Table ``parts``: ``part``,
        ``title``, ``figures``, ``measured``, ``why`` the standard form differs. ``n`` is the
        number of figures.
    """
    rows: list[dict[str, Any]] = []
    orders: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for number, part in enumerate(PARTS):
        report(part.title, number, len(PARTS))
        figures = [f for f in published() if _belongs(f, part)]
        measures = part.measure(snapshot, seed, figures) if part.measure else {}
        found = [_row(part, f, measures.get(f.id, Measured(None))) for f in figures]
        rows += [r for r in found if not isinstance(r["published"], str)]
        orders += [_ordered(r) for r in found if isinstance(r["published"], str)]
        known = sum(r["as_published"] is not None for r in found)
        parts.append({"part": part.name, "title": part.title, "figures": len(found),
                      "measured": known, "why": part.why})  # fmt: skip
    report("drift to English", len(PARTS), len(PARTS))
    spoken = english.drift_to_english(snapshot, seed)
    told = pa.table({"sentence": pa.array(english.sentences(spoken), pa.string())})
    report("replication", len(PARTS), len(PARTS))
    table = pa.Table.from_pylist(rows, schema=pa.schema(_FIELDS))
    return Result(
        analysis="replication",
        form="laufer2025",
        definition=_DEFINITION,
        parameters={"seed": seed, "authors": is_authors(snapshot)},
        n=len(rows) + len(orders),
        tables={"table": table, "parts": pa.Table.from_pylist(parts),
                "orders": pa.Table.from_pylist(orders), "rates": _rates(table),
                "english": spoken,
                "english_told": told},
        provenance=snapshot.provenance(analysis="replication", seed=seed),
        notes=_notes(snapshot, parts),
        charts=(
            Chart("rates", "points", "Published shares and similarities, and ours", table="rates",
                  x="published", y="as_published", color="part", x_title="published",
                  y_title="here, as published", diagonal=True,
                  subtitle="Figures between 0 and 1; equal ones lie on the diagonal."),
        ),
        shown={"table": ("figure", "published", "as_published", "difference", "standard", "part"),
               "parts": ("title", "figures", "measured")},
    )  # fmt: skip


def _belongs(figure: Figure, part: Part) -> bool:
    return any(figure.id == p or figure.id.startswith(p + ".") or (
        p.startswith("family.r1") and figure.id.startswith(p)) for p in part.prefixes)  # fmt: skip


def is_authors(snapshot: Snapshot) -> bool:
    """Tell whether a snapshot has as many models and edges as the authors'."""
    return (snapshot.counts["models"], snapshot.counts["edges"]) == AUTHORS


def _row(part: Part, figure: Figure, measured: Measured) -> dict[str, Any]:
    ours = measured.as_published
    value = figure.value
    difference = None
    if isinstance(value, float) and isinstance(ours, int | float) and value:
        difference = float(round_digits(ours / value - 1))
    return {
        "part": part.name, "id": figure.id, "figure": figure.figure, "published": value,
        "as_published": _plain(ours), "difference": difference,
        "standard": _plain(measured.standard), "n_published": figure.n, "n": measured.n,
        "evidence": figure.evidence, "tolerance": figure.tolerance, "source": figure.source,
    }  # fmt: skip


def _plain(value: float | str | None) -> float | str | None:
    return float(round_digits(value)) if isinstance(value, int | float) else value


def _ordered(row: dict[str, Any]) -> dict[str, Any]:
    """Return a published order beside ours, with the share of pairs that agree."""
    told, ours = row["published"].split(" > "), (row["as_published"] or "").split(" > ")
    place = {v: i for i, v in enumerate(ours)}
    common = [place[v] for v in told if v in place]
    pairs = [(a, b) for i, a in enumerate(common) for b in common[i + 1 :]]
    agree = sum(a < b for a, b in pairs) / len(pairs) if pairs else None
    return {"id": row["id"], "published": row["published"], "as_published": row["as_published"],
            "standard": row["standard"], "common": len(common), "agreement": agree}  # fmt: skip


_RATES: Final = ("similarity", "mutation", "ordering", "fertility", "drift")


def _rates(table: pa.Table) -> pa.Table:
    """Return the figures that are shares or similarities and are known on both sides."""
    rows = [
        {"part": r["part"], "published": r["published"], "as_published": r["as_published"]}
        for r in table.to_pylist()
        if r["part"] in _RATES and r["as_published"] is not None
        and 0 <= r["published"] <= 1 and 0 <= r["as_published"] <= 1
    ]  # fmt: skip
    schema = pa.schema([("part", pa.string()), ("published", pa.float64()),
                        ("as_published", pa.float64())])  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def _notes(snapshot: Snapshot, parts: list[dict[str, Any]]) -> tuple[str, ...]:
    notes = []
    if not is_authors(snapshot):
        days = " to ".join(str(d)[:10] for d in snapshot.manifest["observed"] if d)
        notes.append(
            f"This snapshot is not the authors': it holds {snapshot.counts['models']:,} models and "
            f"{snapshot.counts['edges']:,} edges{f', read {days}' if days else ''}; theirs "
            f"{AUTHORS[0]:,} and {AUTHORS[1]:,}, of July 2025. Counts cannot agree; rates may."
        )
    cards, models = snapshot.counts["cards"], snapshot.counts["models"]
    if cards < models / 2:
        notes.append(
            f"It holds the card texts of {cards:,} of its {models:,} models: figures that count "
            "cards over all models or edges are of these texts, not of the hub."
        )
    silent = [p["title"] for p in parts if not p["measured"]]
    if silent:
        notes.append("Nothing here to compare with: " + ", ".join(silent) + ".")
    return tuple(notes)
