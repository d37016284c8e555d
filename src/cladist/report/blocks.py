"""From a result to a part of the page: its figures, tables, words and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from cladist.report import drawing, findings, plan
from cladist.report.panel import Panel, sibling_panel
from cladist.report.words import in_words, marked, worded
from cladist.views import numbers, plots
from cladist.views.cells import plain
from cladist.views.tables import html_table
from cladist.vocab import TRAITS

if TYPE_CHECKING:
    import pyarrow as pa

    from cladist.result import Chart, Result

#: Rows of a table that the page prints.
PAGE_ROWS: Final = 30
#: Columns of a table that fits into a third of the page.
_NARROW: Final = 5
#: Kinds of charts that take a row of their own.
_WIDE: Final = frozenset({"matrix", "motifs"})
#: Kinds of charts that grow with their rows: they come after the others.
_TALL: Final = frozenset({"bars", "intervals", "order"})


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
    """One table on the page: caption, HTML, rows and columns shown and held, its Parquet file.

    ``across`` counts the columns as printed, an estimate with its bounds as one.
    """

    caption: str
    html: Markup
    shown: int
    rows: int
    columns_shown: int
    across: int
    columns: int
    file: str

    @property
    def brief(self) -> bool:
        """Whether it needs no box of its own to scroll in."""
        return self.shown <= 8


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
    wide: tuple[Figure, ...]
    empty: str
    main: tuple[PageTable, ...]
    span: int
    tables: tuple[PageTable, ...]
    files: tuple[str, ...]
    parameters: str = ""


@dataclass
class Section:
    """One section of the page; ``problems`` say what could not be made.

    ``panel``: the answers of all its results side by side, where they ask the same question.
    """

    anchor: str
    title: str
    intro: str
    panel: Panel | None = None
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
    if "similarity" in found:
        found["similarity"].panel = sibling_panel(done)
    return list(found.values())


def block(run: plan.Run, result: Result) -> Block:
    """Return the part of the page for one result."""
    trait = str(run.variant.options.get("trait", ""))
    single = trait in TRAITS and not TRAITS[trait]
    views = {k: plan.table_view(result.analysis, k, single=single) for k in result.tables}
    foremost = plan.FOREMOST.get(result.analysis, "table")
    tables = tuple(
        _table(drawing.readable(result, name, single=single), view, f"{run.name}-{name}")
        for name, view in sorted(views.items(), key=lambda item: item[0] != foremost)
        if view is not None
    )
    charts = sorted(drawing.page_charts(result), key=lambda c: c.kind in _TALL)
    figures = [figure(result, chart, f"{run.name}-{chart.name}") for chart in charts]
    empty = not any(f.svg for f in figures)
    titles = ", ".join(f.title[:1].lower() + f.title[1:] for f in figures) if empty else ""
    figures = [] if empty else figures
    free = -sum(f.kind not in _WIDE for f in figures) % 3
    main = _beside(tables, free)
    return Block(
        name=run.name,
        title=plan.PARTS.get(run.name, plan.PARTS.get(run.analysis.name, "")),
        finding=findings.finding(result),
        definition=result.definition,
        n=numbers.count(result.n),
        notes=tuple(in_words(n) for n in result.notes),
        facts=_facts(result),
        figures=tuple(f for f in figures if f.kind not in _WIDE),
        wide=tuple(f for f in figures if f.kind in _WIDE),
        empty=titles,
        main=main,
        span=free if len(main) == 1 else 1,
        tables=tables[len(main) :],
        files=tuple(f"{run.name}-{k}.parquet" for k, view in views.items() if view is None),
        parameters=parameters(result),
    )


def _why(result: Result, chart: Chart) -> str:
    """Say why a chart of a result that noted nothing is empty."""
    if result.analysis != "summary":
        return "There is no row for it."
    known = {"parent": "No model has a known parent.", "downloads": "No downloads are stated."}
    return known.get(chart.name, "No model states one.")


def _beside(tables: tuple[PageTable, ...], free: int) -> tuple[PageTable, ...]:
    """Return the tables that fill the row of three which the figures leave open."""
    if not free or not tables or not tables[0].rows:
        return ()
    narrow = all(t.rows and t.across <= _NARROW for t in tables[:2])
    if free == 2 and len(tables) > 1 and narrow:
        return tables[:2]
    room = _NARROW if free == 1 else 2 * _NARROW
    return tables[:1] if tables[0].across <= room else ()


def figure(result: Result, chart: Chart, name: str, height: int | None = None) -> Figure:
    """Draw one chart for the page, or say why there is nothing to draw."""
    drawn, chart = drawing.drawable(result, chart)
    foot = plots.foot(drawn, chart)
    if drawing.is_empty(drawn, chart):
        why = in_words(result.notes[0]) if result.notes else _why(result, chart)
        return Figure(chart.title, Markup(), foot, chart.kind, why)
    svg = plots.svg(drawn, chart, height=height)
    # The views escape every text in it.
    return Figure(chart.title, Markup(svg), foot, chart.kind, "", f"{name}.svg")  # noqa: S704


def _table(table: pa.Table, view: plan.TableView, name: str) -> PageTable:
    kept = [c for c in view.columns if c in table.column_names] or table.column_names
    headers = [view.columns.get(c, c) for c in kept]
    bounds = ("low", "high")  # printed together with the estimate before them
    part = marked(worded(table.slice(0, PAGE_ROWS).select(kept))).rename_columns(headers)
    return PageTable(
        caption=view.caption,
        html=captioned(part, view.caption),
        shown=part.num_rows,
        rows=table.num_rows,
        columns_shown=len(kept),
        across=sum(c.rpartition("_")[0] not in bounds and c not in bounds for c in headers),
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
        ("forward_share", "Traffic that goes forward"),
        ("directedness", "Net over total traffic (directedness)"),
        ("pairs_compatible", "Pairs of values that run with the order"),
        ("optimal", "Proved optimal"),
        ("unique", "The only best order"),
        ("few_lineages", "Few independent lineages"),
        ("share_of_changed_edges", "Changed edges that exchange one value for another"),
    ),
    "transitions": (
        ("share_of_changed_edges", "Changed edges that exchange one value for another"),
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
    asked = {k: v for k, v in result.provenance.parameters.items() if k != "analysis"}
    asked["seed"] = result.provenance.seed
    said = []
    for name, value in asked.items():
        if value is None:
            continue
        said.append(f"{name.replace('_', ' ')}: {plain(value)}")
    return "; ".join(said) or "none"
