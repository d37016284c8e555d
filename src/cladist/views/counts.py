"""What a snapshot holds, for the terminal: counts, sources, tables and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cladist import schema
from cladist.views.terminal import clean

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

_LINES: Final = (
    ("models", "models with a record of their own"),
    ("ghosts", "models only referred to"),
    ("claims", "claims of descent"),
    ("pairs", "distinct child-parent pairs"),
    ("edges", "edges after cuts"),
    ("self_loops", "self-loops as written, cut"),
    ("self_loops_by_resolution", "self-loops by resolved ids, cut"),
    ("cut_pairs", "pairs cut to break cycles"),
    ("cards", "cards with text"),
    ("aliases", "aliases"),
)
_BOOKS: Final = (
    ("records_read", "records read"),
    ("records_model", "  models"),
    ("records_edge", "  edges"),
    ("duplicates", "  duplicates"),
    ("records_rejected", "  rejected"),
    ("readings_merged", "readings merged across sources"),
    ("rejects", "rows in the table of rejects"),
)


def counts_text(hub: Snapshot) -> str:
    """Return the counts of a snapshot as lines of text."""
    counts = hub.counts
    lines = [f"{clean(hub.name)}  ({'SIMULATED, ' if hub.simulated else ''}{hub.digest[:12]})", ""]
    for part in (_LINES, _BOOKS):
        lines += [f"{counts[name]:>12,}  {words}" for name, words in part]
        lines.append("")
    for title, name in (
        ("edges by relation", "edges_by_relation"),
        ("claims by method", "claims_by_method"),
        ("rejects by reason", "rejects_by_reason"),
    ):
        held = {k: v for k, v in counts[name].items() if v}
        lines.append(f"{title}: " + (_joined(held) or "none"))
    lines.append("")
    for entry in hub.manifest["sources"]:
        date = f", read {entry['observed_at']}" if entry["observed_at"] else ""
        lines.append(f"source {clean(entry['name'])} ({entry['kind']}{date}): "
                     f"{entry['records_read']:,} records")  # fmt: skip
    if counts.get("aliased_records"):
        lines.append(
            f"{counts['aliased_records']:,} old ids have a record of their own beside the present "
            "one and keep their children; --merge-aliased joins them"
        )
    lines.append(f"coverage: {clean(hub.manifest['coverage'])}")
    return "\n".join(lines)


def _joined(counts: dict[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{clean(k)} {v:,}" for k, v in ranked)


def columns_rows() -> list[dict[str, Any]]:
    """Return every column of the format: table, name, type, unit, meaning, null."""
    return [
        {"table": t.name, "column": c.name, "type": c.type, "unit": c.unit,
         "meaning": c.meaning, "null": c.null}
        for t in schema.TABLES.values()
        for c in t.columns
    ]  # fmt: skip


def columns_text() -> str:
    """Return tables and columns as text."""
    lines = []
    for table in schema.TABLES.values():
        lines.append(f"{table.name}: a row is {table.row}")
        for c in table.columns:
            unit = f" [{c.unit}]" if c.unit else ""
            lines.append(f"  {c.name:22}{c.type:7}{c.meaning}{unit}; {c.null}")
        lines.append("")
    return "\n".join(lines)
