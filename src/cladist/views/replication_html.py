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
    difference: str
    standard: str
    evidence: str


@dataclass(frozen=True)
class Part:
    """One part of the page: its sentence on the difference, and its figures."""

    name: str
    title: str
    why: str
    measured: str
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
    return Part(
        name=part["part"],
        title=part["title"],
        why=part["why"],
        measured=f"{part['measured']:,} of {part['figures']:,} figures measured here",
        lines=tuple(_line(r) for r in rows),
        orders=tuple({**o, "told": _agreement(o)} for o in orders),
        folded=len(rows) > _OPEN,
    )


def _english(result: Result) -> dict[str, Any]:
    """Return the sentences on the drift to English, and the rows behind them in words."""
    shares = ("kept", "others_kept", "kept_beside", "others_beside")
    counts = ("net", "changed", "only_lost", "parents", "beside")
    rows = [
        {**r, **{k: numbers.MISSING if r[k] is None else numbers.percent(r[k], 1) for k in shares},
         **{k: numbers.MISSING if r[k] is None else numbers.count(r[k]) for k in counts}}
        for r in result.tables["english"].to_pylist()
    ]  # fmt: skip
    return {"said": result.tables["english_told"]["sentence"].to_pylist(), "rows": rows}


def _agreement(order: dict[str, Any]) -> str:
    if order["agreement"] is None:
        return "nothing in common here"
    share = numbers.percent(order["agreement"], 0)
    return f"{order['common']} values in common; {share} of their pairs in the same order"


def _line(row: dict[str, Any]) -> Line:
    tolerance = row["tolerance"]
    published = _number(row["published"])
    return Line(
        figure=row["figure"],
        id=row["id"],
        published=f"{published} ± {_number(tolerance)}" if tolerance else published,
        ours=_number(row["as_published"]),
        difference=_change(row["difference"]),
        standard=_number(row["standard"]),
        evidence=_EVIDENCE[row["evidence"]],
    )


def _change(value: float | None) -> str:
    if value is None:
        return ""
    if value > 9:
        return f"× {numbers.real(value + 1)}"
    return f"{100 * value:+.1f} %"


def _number(value: float | None) -> str:
    if value is None:
        return numbers.MISSING
    if value == int(value) and abs(value) >= 2:
        return numbers.count(value)
    return numbers.real(value, 4) if abs(value) < 1 else numbers.real(value)
