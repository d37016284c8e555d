"""What an analysis returns: tables, the definition in words, parameters, provenance, charts.

A chart is data only (:class:`Chart`); ``cladist.views.plots`` draws it. The composition root
registers the renderers, so that this module imports nothing above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cladist.errors import CladistError
from cladist.provenance import Provenance

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Chart:
    """One picture of a result, as data.

    ``kind`` is one of ``bars`` (``x`` value, ``y`` category), ``columns`` (``x`` time or
    category, ``y`` value), ``points`` (scatter), ``intervals`` (``x`` value with ``low`` and
    ``high``, ``y`` category, ``color`` group), ``lines``, ``matrix`` (``x``, ``y``, ``value``),
    ``order`` (``y`` category in rank order with ``value`` as support), ``motifs`` (``x`` motif,
    ``value`` number of the position, ``y`` with ``low`` and ``high``, ``color`` metric),
    ``slope`` (``x`` value of the parents, ``y`` of the children, ``color`` group), ``arcs`` (values
    in order: rows with ``label``, ``value`` as size and ``color``; flows: rows without, from
    position ``x`` to ``y`` with ``value``) or ``portrait``
    (``x`` and ``y`` in the plane; ``color`` relation of an edge, whose ends are followed by a row
    without a place, or ``node`` with ``value`` children and ``label``).
    ``table`` names the table of the result that holds the columns; of it only rows are drawn
    whose columns have the values named in ``where`` (pairs of column and value). ``diagonal``
    adds to ``points`` the line on which both coordinates are equal; ``faint`` names a column of
    flags whose rows ``intervals`` and ``motifs`` draw pale. ``domain`` is the order in which both
    sides of a ``matrix`` show their values, with all of them on each.
    """

    name: str
    kind: str
    title: str
    subtitle: str = ""
    table: str = "table"
    x: str = ""
    y: str = ""
    value: str = ""
    low: str = ""
    high: str = ""
    color: str = ""
    palette: str = ""
    x_title: str = ""
    y_title: str = ""
    x_scale: str = "linear"
    y_scale: str = "linear"
    percent: bool = False
    top: int | None = None
    label: str = ""
    where: tuple[tuple[str, str], ...] = ()
    diagonal: bool = False
    faint: str = ""
    domain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """The outcome of one analysis.

    ``tables["table"]`` is the main table, also ``result.table``; ``n`` is the number of things
    counted (edges, models: the definition says which); ``notes`` are sentences for the reader;
    ``definition`` says in words what was measured, ``form`` is ``standard`` or ``laufer2025``.
    ``shown`` names the tables that a reader sees first, each with the columns that matter most
    (the main table with its own order of columns, if empty).
    """

    analysis: str
    form: str
    definition: str
    parameters: Mapping[str, Any]
    n: int
    tables: Mapping[str, pa.Table]
    provenance: Provenance
    notes: tuple[str, ...] = ()
    finding: str = ""
    charts: tuple[Chart, ...] = field(default=())
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def table(self) -> pa.Table:
        """The main table."""
        return self.tables["table"]

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON form: plain values, every table as a list of rows."""
        return {
            "analysis": self.analysis,
            "definition": self.form,
            "definition_text": self.definition,
            "parameters": dict(self.parameters),
            "n": self.n,
            "finding": self.finding,
            "notes": list(self.notes),
            "table": self.table.to_pylist(),
            "tables": {k: v.to_pylist() for k, v in self.tables.items() if k != "table"},
            "provenance": self.provenance.to_dict(),
        }

    def plot(self, chart: str | None = None) -> Any:
        """Draw one chart of the result (the first if none is named) as an Altair chart.

        Raises
        ------
        CladistError
            If the result has no such chart.
        """
        for spec in self.charts:
            if chart in (None, spec.name):
                return _renderer("plot")(self, spec)
        known = ", ".join(c.name for c in self.charts) or "none"
        raise CladistError(
            f"The result of {self.analysis!r} has no chart {chart!r}.", f"Charts: {known}."
        )

    def _repr_html_(self) -> str:
        return str(_renderer("html")(self))


_RENDERERS: Final[dict[str, Callable[..., Any]]] = {}


def register_renderer(name: str, renderer: Callable[..., Any]) -> None:
    """Register what ``Result.plot`` (``"plot"``) or notebooks (``"html"``) call."""
    _RENDERERS[name] = renderer


def _renderer(name: str) -> Callable[..., Any]:
    try:
        return _RENDERERS[name]
    except KeyError:
        raise CladistError(
            f"No renderer for {name!r} is registered.", "Import cladist itself, not its modules."
        ) from None
