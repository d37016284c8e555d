"""Published, as published here, and standard: one table of every figure, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from cladist.replication import alike, english, families, hub, traits
from cladist.replication.figures import Figure, published
from cladist.replication.measures import Measured, Measures
from cladist.replication.verdicts import VERDICTS, is_signed, sentence, verdict
from cladist.result import Chart, Result
from cladist.statistics.inference import round_digits
from cladist.traits.edges import edges_of

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

Step = Callable[[str, int, int], None]

#: Models and edges of the authors' snapshot: one with as many is taken for theirs.
AUTHORS: Final = (1_860_411, 573_653)

_DEFINITION: Final = (
    "Every figure that the paper and its repository publish (published), what the same rule gives "
    "on this snapshot (as_published, definition laufer2025), and the corrected value (standard). "
    "difference is as_published over published, less 1, where the two are compared, null of what "
    "is a difference itself; apart is as_published less published; low and high bound "
    "as_published when clans are resampled; why says what they have to do with each other. "
    "evidence says how the published figure is known: printed in an output, derived from printed "
    "ones, read off a picture (pixel), or quoted by others (secondary)."
)


@dataclass(frozen=True)
class Part:
    """One part of the replication.

    ``prefixes`` of the ids of its figures, ``about`` what they are, ``measure`` from the snapshot,
    the seed and the figures asked for.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    about: str
    measure: Callable[[Snapshot, int, list[Figure]], Measures] | None


def _seeded(
    measure: Callable[[Snapshot, int], Measures],
) -> Callable[[Snapshot, int, list[Figure]], Measures]:
    return lambda snapshot, seed, _: measure(snapshot, seed)


def _after(figures: list[Figure], prefix: str) -> list[str]:
    return [f.id.removeprefix(prefix) for f in figures if f.id.startswith(prefix)]


def _growth(snapshot: Snapshot, _: int, figures: list[Figure]) -> Measures:
    asked = [name.rpartition(".") for name in _after(figures, "growth.")]
    return families.growth(snapshot, [(name, month) for name, _, month in asked])


PARTS: Final = (
    Part("hub", "The hub", ("data",),
         "Models, the edges between them, and how many say what.", _seeded(hub.sizes)),
    Part("values", "What models state", ("count.license", "count.language", "count.dataset", "pct"),
         "Shares of licences are of all models, those of the other traits of the models that state "
         "one: the published figure mixes the two.",
         lambda h, _, f: hub.commonest(h, [x.id for x in f])),
    Part("parents", "Children of the top parents", ("children",),
         "Direct children, by any relation.",
         lambda h, _, f: hub.parents(h, _after(f, "children."))),
    Part("downloads", "Downloads", ("downloads",),
         "A count of the 30 days before the reading. The axis of the published figure is labelled "
         "ten times too high; the values are read off corrected.",
         lambda h, _, f: hub.downloads(h, _after(f, "downloads."))),
    Part("families", "Families", ("family_size", "family", "graph"),
         "Weakly connected components. A published family is named by a walk from any of its "
         "members, so the name need not be its founder's.",
         lambda h, _, f: families.families(h, _after(f, "family_size."))),
    Part("growth", "Growth of families", ("growth",),
         "Members created before the first of a month. Back-filled dates, all of 2 March 2022, "
         "count as they stand.", _growth),
    Part("fertility", "Fertility", ("further", "further_rate"),
         "Edges whose child has a child.", _seeded(hub.fertility)),
    Part("motifs", "Motifs", ("motif",),
         "The paper's table of totals is not transcribed here; its code prints the edges alone.",
         _seeded(hub.motifs)),
    Part("similarity", "Genetic similarity", ("sim",),
         "Means over 5,000 pairs drawn of each kind. Pairs of t, u, v, w in quad_3 are drawn by "
         "their exact number; the published sampler left out how many parents u has.",
         _seeded(alike.similarity)),
    Part("mutation", "Mutation", ("mutation",),
         "Mean Jaccard distance between what parent and child state.", _seeded(traits.mutation)),
    Part("ordering", "Orders", ("ordering",),
         "The order of values that keeps most net traffic forward. The share of mutations that it "
         "accounts for is nearly (1 + directedness) / 2 for any flows.",
         _seeded(traits.ordering)),
    Part("flows", "Largest flows", ("flow",),
         "Transitions one way less those the other.",
         lambda h, _, f: traits.flows(h, [x.id for x in f])),
    Part("drift", "Drift of numbers", ("drift",),
         "Parents and children of edges compared; every edge weighs the same, so that parents of "
         "many children decide. The analysis numeric-drift gives every lineage the same weight.",
         _seeded(traits.drift)),
    Part("arxiv", "Categories of papers", ("count.arxiv_cat",),
         "Models that link a paper of a category of arXiv.", None),
    Part("early", "The early study", ("early",),
         "Trees of the authors' first study, of spring 2025.", None),
)  # fmt: skip

_FIELDS: Final = (
    ("part", pa.string()), ("id", pa.string()), ("figure", pa.string()),
    ("published", pa.float64()), ("as_published", pa.float64()), ("difference", pa.float64()),
    ("apart", pa.float64()), ("low", pa.float64()), ("high", pa.float64()),
    ("standard", pa.float64()), ("n_published", pa.int64()), ("n", pa.int64()),
    ("verdict", pa.string()), ("why", pa.string()),
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
        Rows ``part``, ``id``, ``figure``, ``published``, ``as_published``, ``difference``
        (a ratio less 1), ``apart``, ``low``, ``high``, ``standard``, ``n_published``, ``n``,
        ``verdict`` (:data:`cladist.replication.verdicts.VERDICTS`), ``why`` (a sentence),
        ``evidence``, ``tolerance``, ``source``; null where nothing is known here. Table
        ``verdicts``: how many figures have each. Table ``orders``: the published orders, ours, and
        ``agreement`` (of the ``pairs`` of common values whose order ours decides, the share in the
        same); ``english`` (:func:`cladist.replication.english.drift_to_english`) and what it says,
        ``english_told``.
        Table ``parts``: ``part``,
        ``title``, ``figures``, ``measured``, ``about``. ``n`` is the number of figures.
    """
    authors = is_authors(snapshot)
    rows: list[dict[str, Any]] = []
    orders: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for number, part in enumerate(PARTS):
        report(part.title, number, len(PARTS))
        figures = [f for f in published() if _belongs(f, part)]
        measures = part.measure(snapshot, seed, figures) if part.measure else {}
        found = [_row(part, f, measures.get(f.id, Measured(None)), authors) for f in figures]
        rows += [r for r in found if not isinstance(r["published"], str)]
        orders += [_ordered(r) for r in found if isinstance(r["published"], str)]
        known = sum(r["as_published"] is not None for r in found)
        parts.append({"part": part.name, "title": part.title, "figures": len(found),
                      "measured": known, "about": part.about})  # fmt: skip
    report("drift to English", len(PARTS), len(PARTS))
    spoken = english.drift_to_english(snapshot, seed)
    told = pa.table({"sentence": pa.array(english.sentences(spoken), pa.string())})
    report("replication", len(PARTS), len(PARTS))
    table = pa.Table.from_pylist(rows, schema=pa.schema(_FIELDS))
    return Result(
        analysis="replication",
        form="laufer2025",
        definition=_DEFINITION,
        parameters={"seed": seed, "authors": authors},
        n=len(rows) + len(orders),
        tables={"table": table, "parts": pa.Table.from_pylist(parts),
                "orders": pa.Table.from_pylist(orders), "rates": _rates(table),
                "verdicts": _verdicts(rows), "english": spoken, "english_told": told},
        provenance=snapshot.provenance(analysis="replication", seed=seed),
        notes=_notes(snapshot, parts, rows, authors),
        charts=(
            Chart("rates", "points", "Published shares and similarities, and ours", table="rates",
                  x="published", y="as_published", color="part", x_title="published",
                  y_title="here, as published", diagonal=True,
                  subtitle="Figures between 0 and 1; equal ones lie on the diagonal."),
        ),
        shown={"table": ("figure", "published", "as_published", "standard", "verdict"),
               "parts": ("title", "figures", "measured")},
    )  # fmt: skip


def _belongs(figure: Figure, part: Part) -> bool:
    return any(figure.id == p or figure.id.startswith(p + ".") for p in part.prefixes)


def is_authors(snapshot: Snapshot) -> bool:
    """Tell whether a snapshot has as many models, and edges by their rule, as the authors'."""
    return (snapshot.counts["models"], _published_edges(snapshot)) == AUTHORS


def _published_edges(snapshot: Snapshot) -> int:
    return len(edges_of(snapshot, definition="laufer2025"))


def _verdicts(rows: list[dict[str, Any]]) -> pa.Table:
    """Count the figures of each verdict."""
    counts = [sum(r["verdict"] == v for r in rows) for v in VERDICTS]
    return pa.table({"verdict": list(VERDICTS), "figures": pa.array(counts, pa.int64())})


def _row(part: Part, figure: Figure, measured: Measured, authors: bool) -> dict[str, Any]:
    ours = measured.as_published
    value = figure.value
    difference = None
    told = verdict(figure, measured, authors=authors)
    compared = told not in ("not comparable", "not measured")
    apart = None
    if compared and isinstance(value, float) and isinstance(ours, int | float):
        apart = float(round_digits(ours - value))
        if value and not is_signed(figure.id):
            difference = float(round_digits(ours / value - 1))
    low, high = measured.interval or (None, None)
    return {
        "part": part.name, "id": figure.id, "figure": figure.figure, "published": value,
        "as_published": _plain(ours), "difference": difference,
        "apart": apart, "low": low, "high": high,
        "standard": _plain(measured.standard), "n_published": figure.n, "n": measured.n,
        "verdict": told, "why": sentence(figure, measured, told, authors=authors),
        "evidence": figure.evidence, "tolerance": figure.tolerance, "source": figure.source,
    }  # fmt: skip


def _plain(value: float | str | None) -> float | str | None:
    return float(round_digits(value)) if isinstance(value, int | float) else value


def _ordered(row: dict[str, Any]) -> dict[str, Any]:
    """Return a published order beside ours, with the share of pairs that agree.

    Pairs that our order does not decide are left out: values that no change links (``|``), and
    those that may change places (``=``).
    """
    place: dict[str, tuple[int, int]] = {}
    for group, part in enumerate((row["as_published"] or "").split(" | ")):
        for rank, tied in enumerate(part.split(" > ")):
            place |= dict.fromkeys(tied.split(" = "), (group, rank))
    common = [place[v] for v in row["published"].split(" > ") if v in place]
    pairs = [(a[1], b[1]) for i, a in enumerate(common) for b in common[i + 1 :]
             if a[0] == b[0] and a[1] != b[1]]  # fmt: skip
    agree = sum(a < b for a, b in pairs) / len(pairs) if pairs else None
    return {"id": row["id"], "published": row["published"], "as_published": row["as_published"],
            "standard": row["standard"], "common": len(common), "pairs": len(pairs),
            "agreement": agree}  # fmt: skip


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


def _notes(
    snapshot: Snapshot, parts: list[dict[str, Any]], rows: list[dict[str, Any]], authors: bool
) -> tuple[str, ...]:
    notes = []
    if authors:
        told = Counter(r["verdict"] for r in rows)
        notes.append(
            f"This snapshot has as many models and edges as the authors'. Of {len(rows):,} figures "
            f"{told['exact']:,} are reproduced in every digit, {told['within reading error']:,} "
            f"within the error of reading a picture, {told['within sampling error']:,} within that "
            f"of the draws; {told['differs']:,} differ."
        )
    else:
        days = " to ".join(str(d)[:10] for d in snapshot.manifest["observed"] if d)
        notes.append(
            f"This snapshot is not the authors': it holds {snapshot.counts['models']:,} models and "
            f"{_published_edges(snapshot):,} edges by their rule{f', read {days}' if days else ''};"
            f" theirs {AUTHORS[0]:,} and {AUTHORS[1]:,}, of July 2025. Counts cannot agree and are "
            "not compared; rates may."
        )
    cards, models = snapshot.counts["cards"], snapshot.counts["models"]
    if not cards:
        notes.append("It holds no card texts, so nothing is measured of cards.")
    elif cards < models / 2:
        notes.append(
            f"It holds the card texts of {cards:,} of its {models:,} models: figures that count "
            "cards over all models or edges are of these texts, not of the hub."
        )
    silent = [p["title"] for p in parts if not p["measured"]]
    if silent:
        notes.append("Nothing here to compare with: " + ", ".join(silent) + ".")
    return tuple(notes)
