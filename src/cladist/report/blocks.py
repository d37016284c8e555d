"""From a result to a part of the page: its figures, tables, words and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from cladist.report import plan, summary_charts
from cladist.report.words import in_words, marked, worded
from cladist.views import numbers, plots
from cladist.views.chartdata import prepare
from cladist.views.tables import html_table

if TYPE_CHECKING:
    import pyarrow as pa

    from cladist.result import Chart, Result

#: Rows of a table that the page prints.
PAGE_ROWS: Final = 25


@dataclass(frozen=True)
class Figure:
    """One picture: title, SVG (empty if there is nothing to draw), foot, file, kind of chart."""

    title: str
    svg: Markup
    foot: str
    kind: str
    why: str = ""
    file: str = ""


@dataclass(frozen=True)
class PageTable:
    """One table on the page: caption, HTML, rows shown and held, its Parquet file."""

    caption: str
    html: Markup
    shown: int
    rows: int
    columns_shown: int
    columns: int
    file: str


@dataclass(frozen=True)
class Block:
    """One result on the page."""

    name: str
    title: str
    finding: str
    definition: str
    n: str
    notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    tables: tuple[PageTable, ...]
    files: tuple[str, ...]
    parameters: str = ""


@dataclass
class Section:
    """One section of the page; ``problems`` say what could not be made."""

    anchor: str
    title: str
    intro: str
    blocks: list[Block] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def sections(done: list[tuple[plan.Run, Result]], failed: Mapping[str, str]) -> list[Section]:
    """Return the sections of all results, in the order in which they first appear."""
    found: dict[str, Section] = {}
    for run in plan.runs():
        title, intro = plan.SECTIONS.get(
            run.section,
            (run.analysis.name.replace("-", " ").capitalize(), run.analysis.sentence),
        )
        section = found.setdefault(run.section, Section(run.section, title, intro))
        section.blocks += [block(r, result) for r, result in done if r == run]
        if run.name in failed:
            section.problems.append(f"{run.name}: {failed[run.name]}")
    return list(found.values())


def block(run: plan.Run, result: Result) -> Block:
    """Return the part of the page for one result."""
    views = {name: plan.table_view(result.analysis, name) for name in result.tables}
    return Block(
        name=run.name,
        title=plan.PARTS.get(run.name, plan.PARTS.get(run.analysis.name, "")),
        finding=in_words(result.finding),
        definition=result.definition,
        n=numbers.count(result.n),
        notes=tuple(in_words(n) for n in result.notes),
        facts=_facts(result),
        figures=tuple(
            figure(result, chart, f"{run.name}-{chart.name}") for chart in page_charts(result)
        ),
        tables=tuple(
            _table(result.tables[name], view, f"{run.name}-{name}")
            for name, view in views.items()
            if view is not None
        ),
        files=tuple(f"{run.name}-{name}.parquet" for name in result.tables),
        parameters=parameters(result),
    )


def page_charts(result: Result) -> tuple[Chart, ...]:
    """Return the charts of a result in the words of the page."""
    return tuple(
        replace(c, title=in_words(c.title), subtitle=in_words(c.subtitle)) for c in result.charts
    )


def figure(result: Result, chart: Chart, name: str, height: int | None = None) -> Figure:
    """Draw one chart for the page, or say why there is nothing to draw."""
    drawn, chart = drawable(result, chart)
    foot = plots.foot(drawn, chart)
    if is_empty(drawn, chart):
        why = in_words(result.notes[0]) if result.notes else "No row to draw."
        return Figure(chart.title, Markup(), foot, chart.kind, why)
    svg = plots.svg(drawn, chart, height=height)
    # The views escape every text in it.
    return Figure(chart.title, Markup(svg), foot, chart.kind, "", f"{name}.svg")  # noqa: S704


def is_empty(result: Result, chart: Chart) -> bool:
    """Tell whether a chart has nothing to draw."""
    return not prepare(result, chart).rows


def drawable(result: Result, chart: Chart) -> tuple[Result, Chart]:
    """Return a result and a chart whose categories are words and whose bars say their share."""
    tables = {**result.tables, chart.table: worded(result.tables[chart.table], "trait", "field")}
    drawn = replace(result, tables=tables)
    if "sizes" in (chart.table, chart.name) and "size" in tables[chart.table].column_names:
        tables[chart.table] = _families_only(tables[chart.table])
    if result.analysis == "summary":
        return summary_charts.labelled(drawn, chart)
    return drawn, chart


def _families_only(sizes: pa.Table) -> pa.Table:
    """Leave out the models alone, which are no families."""
    return sizes.filter([s >= 2 for s in sizes.column("size").to_pylist()])


def _table(table: pa.Table, view: plan.TableView, name: str) -> PageTable:
    kept = [c for c in view.columns if c in table.column_names] or table.column_names
    headers = [view.columns.get(c, c) for c in kept]
    part = marked(worded(table.slice(0, PAGE_ROWS).select(kept))).rename_columns(headers)
    return PageTable(
        caption=view.caption,
        html=captioned(part, view.caption),
        shown=part.num_rows,
        rows=table.num_rows,
        columns_shown=len(kept),
        columns=table.num_columns,
        file=f"{name}.parquet",
    )


def captioned(table: pa.Table, caption: str) -> Markup:
    """Return a table as HTML with a caption for those who hear the page."""
    text = html_table(table, limit=table.num_rows)
    head = Markup('<table><caption class="unseen">{}</caption>').format(caption)
    # The views escape every cell.
    return head + Markup(text.removeprefix("<table>"))  # noqa: S704


_FACTS: Final = {
    "ordering": (
        ("forward_share", "of the traffic goes forward"),
        ("directedness", "net over total traffic (directedness)"),
        ("pairs_compatible", "pairs of values run with the order"),
        ("optimal", "optimality proved"),
        ("unique", "the only best order"),
        ("share_of_changed_edges", "of the changed edges exchange one value for another"),
    ),
    "transitions": (
        ("share_of_changed_edges", "of the changed edges exchange one value for another"),
    ),
}


def _facts(result: Result) -> tuple[tuple[str, str], ...]:
    """Return measures of a result that stand in its parameters, each with its words."""
    if not result.n:
        return ()
    return tuple(
        (_fact(result.parameters, name), words)
        for name, words in _FACTS.get(result.analysis, ())
        if result.parameters.get(name) is not None
    )


def _fact(values: Mapping[str, Any], name: str) -> str:
    value = values[name]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "pairs_compatible":
        return f"{value:,} of {values['pairs_total']:,}"
    return numbers.real(value) if name == "directedness" else numbers.percent(value)


def parameters(result: Result) -> str:
    """Return what a result was asked for, in one line; measures are left out."""
    asked = {**result.provenance.parameters}
    asked["seed"] = result.provenance.seed
    said = []
    for name, value in asked.items():
        if value is None:
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        said.append(f"{name.replace('_', ' ')}: {shown}")
    return "; ".join(said) or "none"
