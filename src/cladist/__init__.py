"""Family trees of machine-learning models.

Read a hub, rebuild who descends from whom, measure how traits pass from parent to child::

    import cladist

    hub = cladist.open("hub.snapshot")
    result = cladist.mutation_rate(hub, trait="license", by="relation", seed=1)
    result.table, result.definition, result.provenance

Names are loaded when they are first used, so that importing the package is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cladist.result import Chart, Result

#: Public name -> module and attribute.
_PUBLIC: Final = {
    "ANALYSES": ("cladist.analyses", "ANALYSES"),
    "Chart": ("cladist.result", "Chart"),
    "CladistError": ("cladist.errors", "CladistError"),
    "Lineage": ("cladist.lineage.lineage", "Lineage"),
    "Result": ("cladist.result", "Result"),
    "Snapshot": ("cladist.snapshot", "Snapshot"),
    "attachment_exponents": ("cladist.analysis.attachment", "attachment_exponents"),
    "build": ("cladist.api", "build"),
    "changes": ("cladist.changing", "changes"),
    "card_documentation": ("cladist.analysis.documentation", "card_documentation"),
    "compare": ("cladist.comparing", "compare"),
    "demo": ("cladist.simulation", "demo"),
    "export": ("cladist.exporting", "export"),
    "family_shape": ("cladist.analysis.shape", "family_shape"),
    "fetch": ("cladist.hub.fetching", "fetch"),
    "genetic_similarity": ("cladist.analysis.similarity", "genetic_similarity"),
    "hub_concentration": ("cladist.analysis.concentration", "hub_concentration"),
    "hub_growth": ("cladist.analysis.growth", "hub_growth"),
    "hub_summary": ("cladist.analysis.summary", "hub_summary"),
    "live": ("cladist.hub.live", "look_live"),
    "kinship_correlation": ("cladist.analysis.kinship", "kinship_correlation"),
    "motif_census": ("cladist.analysis.motifs", "motif_census"),
    "mutation_rate": ("cladist.analysis.mutation", "mutation_rate"),
    "open": ("cladist.snapshot", "open_snapshot"),
    "query": ("cladist.api", "query"),
    "simulate": ("cladist.simulation", "simulate"),
    "trace": ("cladist.tracing", "trace"),
    "family_portraits": ("cladist.analysis.portraits", "family_portraits"),
    "bom": ("cladist.materials", "bom"),
    "audit": ("cladist.auditing", "audit"),
    "audit_all": ("cladist.hub_audit", "audit_all"),
    "license_audit": ("cladist.analysis.license", "license_audit"),
    "numeric_drift": ("cladist.analysis.numeric_drift", "numeric_drift"),
    "trait_drift": ("cladist.analysis.drift", "trait_drift"),
    "trait_ordering": ("cladist.analysis.ordering", "trait_ordering"),
    "transition_counts": ("cladist.analysis.transitions", "transition_counts"),
    "update": ("cladist.hub.updating", "update"),
    "validate": ("cladist.snapshot", "validate"),
    "replicate": ("cladist.replication", "replicate"),
    "write_report": ("cladist.report", "write_report"),
}

__all__ = sorted([*_PUBLIC, "__version__"])  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from cladist.provenance import software

        return software()
    if name not in _PUBLIC:
        raise AttributeError(f"module 'cladist' has no attribute {name!r}{_meant(name)}")
    module, attribute = _PUBLIC[name]
    _compose()
    return getattr(import_module(module), attribute)


def _meant(name: str) -> str:
    """Name the function behind an analysis of the command line."""
    from cladist.analyses import ANALYSES

    found = ANALYSES.get(name.replace("_", "-"))
    return f"; the analysis {found.name} is cladist.{found.function}" if found else ""


def __dir__() -> list[str]:
    return __all__


def _compose() -> None:
    """Join what no layer may join: renderers behind results, the lineage behind a snapshot."""
    from cladist import result, snapshot

    if "plot" in result._RENDERERS:
        return

    def plot(of: Result, chart: Chart) -> Any:
        from cladist.views.plots import plot as draw

        return draw(of, chart)

    def html(of: Result) -> str:
        from cladist.views.tables import result_html

        return result_html(of)

    def lineage(hub: snapshot.Snapshot) -> Any:
        """Return the lineage of the snapshot: the DAG, as immutable arrays."""
        from cladist.traits.edges import lineage_of

        return lineage_of(hub)

    result.register_renderer("plot", plot)
    result.register_renderer("html", html)
    snapshot.Snapshot.lineage = lineage  # type: ignore[attr-defined]
