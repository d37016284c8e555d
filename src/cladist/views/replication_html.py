"""The replication page: every published figure beside ours, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from cladist.views import numbers, plots
from cladist.views.page import DARK, POLICY, environment

if TYPE_CHECKING:
    from cladist.result import Result

#: Parts with more rows than this are folded.
_OPEN: Final = 60
_EVIDENCE: Final = {
    "printed": "", "derived": "derived", "pixel": "read off a picture", "secondary": "quoted",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One figure on the page, every number in words."""

    figure: str
    id: str
    published: str
    ours: str
    compared: str
    standard: str
    note: int
    evidence: str


@dataclass(frozen=True)
class Part:
    """One part of the page: what it is, its figures, and the notes they refer to."""

    name: str
    title: str
    about: str
    measured: str
    notes: tuple[str, ...]
    lines: tuple[Line, ...]
    orders: tuple[dict[str, Any], ...]
    folded: bool


def replication_page(result: Result) -> str:
    """Return the page: self-contained, without script, every text escaped."""
    rows = result.table.to_pylist()
    orders = result.tables["orders"].to_pylist()
    parts = [_part(p, [r for r in rows if r["part"] == p["part"]],
                   orders if p["part"] == "ordering" else [])
             for p in result.tables["parts"].to_pylist()]  # fmt: skip
    chart = result.charts[0]
    drawn = result.tables[chart.table].num_rows
    svg = plots.svg(result, chart, width=560, height=420) if drawn else ""
    made = result.provenance
    return environment().get_template("replication.html.j2").render(
        result=result, parts=parts, english=_english(result), policy=POLICY, dark=DARK, made=made,
        chart=Markup(svg), chart_title=chart.title, chart_foot=chart.subtitle,  # noqa: S704
        measured=sum(p["measured"] for p in result.tables["parts"].to_pylist()),
    )  # fmt: skip


def _part(part: dict[str, Any], rows: list[dict[str, Any]], orders: list[dict[str, Any]]) -> Part:
    notes = tuple(dict.fromkeys(n for r in rows if (n := _note(r))))
    return Part(
        name=part["part"],
        title=part["title"],
        about=part["about"],
        measured=f"{part['measured']:,} of {part['figures']:,} figures measured here",
        notes=notes,
        lines=tuple(_line(r, notes) for r in rows),
        orders=tuple({**o, "told": _agreement(o)} for o in orders),
        folded=len(rows) > _OPEN,
    )


def _english(result: Result) -> dict[str, Any]:
    """Return the sentences on the drift to English, and the rows behind them in words."""
    shares = ("kept_of_stating", "silent", "kept", "others_kept", "kept_beside", "others_beside")
    counts = ("net", "changed", "only_lost", "stating", "parents", "beside")
    rows = [
        {**r, **{k: numbers.MISSING if r[k] is None else numbers.percent(r[k], 1) for k in shares},
         **{k: numbers.MISSING if r[k] is None else numbers.count(r[k]) for k in counts}}
        for r in result.tables["english"].to_pylist()
    ]  # fmt: skip
    return {"said": result.tables["english_told"]["sentence"].to_pylist(), "rows": rows}


def _agreement(order: dict[str, Any]) -> str:
    if order["agreement"] is None:
        return "no pair of values in common whose order is decided here"
    share = numbers.percent(order["agreement"], 0)
    return (
        f"{numbers.count(order['common'])} values in common; of {numbers.count(order['pairs'])} "
        f"pairs whose order is decided here {share} are in the same"
    )


def _note(row: dict[str, Any]) -> str:
    """Return what is to be said of a figure beside its numbers; nothing where all agree."""
    if row["verdict"] == "not measured":
        return str(row["why"])
    return "" if row["standard"] == row["as_published"] else str(row["why"]).rpartition(". ")[2]


def _line(row: dict[str, Any], notes: tuple[str, ...]) -> Line:
    note = _note(row)
    tolerance = row["tolerance"]
    published = _number(row["published"])
    counted = row["published"] == int(row["published"]) and abs(row["published"]) >= 2
    return Line(
        figure=row["figure"],
        id=row["id"],
        published=f"{published} ± {_number(tolerance)}" if tolerance else published,
        ours=_number(row["as_published"], counted=counted),
        compared=_compared(row),
        standard=_number(row["standard"], counted=counted),
        note=notes.index(note) + 1 if note else 0,
        evidence=_EVIDENCE[row["evidence"]],
    )


def _compared(row: dict[str, Any]) -> str:
    said = {"not comparable": "a count", "not measured": "", "exact": "exact"}
    if row["verdict"] == "differs":
        return _change(row["difference"]) or _apart(row["apart"])
    return said.get(row["verdict"], str(row["verdict"]).removeprefix("within "))


def _apart(value: float | None) -> str:
    return "" if value is None else f"{'+' if value > 0 else ''}{_number(value)}"


def _change(value: float | None) -> str:
    if value is None:
        return ""
    if value > 9:
        return f"× {numbers.real(value + 1)}"
    return f"{100 * value:+.1f} %"


def _number(value: float | None, *, counted: bool = False) -> str:
    if value is None:
        return numbers.MISSING
    if value == int(value) and (counted or abs(value) >= 2 or value == 0):
        return numbers.count(value)
    return numbers.real(value, 4) if abs(value) < 1 else numbers.real(value)
