"""What the command ``audit`` prints: one model or a whole hub, in the form asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cladist.cli.output import dump_json
from cladist.errors import InputError

if TYPE_CHECKING:
    from cladist.policy import Policy
    from cladist.snapshot import Snapshot

_OF_MODEL: Final = ("text", "json", "html", "md", "sarif")
_OF_HUB: Final = ("table", "csv", "json", "parquet", "md")
#: Suffix of ``--out`` -> form, where none is asked for.
_BY_SUFFIX: Final = {
    ".json": "json", ".md": "md", ".sarif": "sarif", ".html": "html", ".htm": "html",
    ".csv": "csv", ".parquet": "parquet",
}  # fmt: skip


def audited_model(
    hub: Snapshot, model: str, policy: Policy | None, form: str, out: Path | None
) -> tuple[str, str]:
    """Return the audit of one model in the form asked for, and its verdict."""
    from cladist.auditing import audit
    from cladist.policy import apply_policy

    chosen = _chosen(form, "text", _OF_MODEL, out)
    found = audit(hub, model)
    found = apply_policy(found, policy) if policy is not None else found
    return _shown(found, chosen), found["verdict"]


def audited_hub(
    hub: Snapshot, policy: Policy | None, form: str, out: Path | None
) -> tuple[str | bytes, str]:
    """Return the audit of a whole hub in the form asked for, and its gravest verdict."""
    from cladist.auditing import DISCLAIMER
    from cladist.hub_audit import audit_all, gravest
    from cladist.views.tables import render

    chosen = _chosen(form, "table", _OF_HUB, out)
    told = audit_all(hub, policy=policy, top=50 if chosen in ("table", "md") else None)
    limit = max(told.table.num_rows, 1) if out is not None and chosen in ("table", "md") else None
    shown = render(told, chosen, limit=limit)
    if chosen in ("table", "md") and isinstance(shown, str):
        shown = f"{shown.rstrip()}\n\n{DISCLAIMER}\n"
    return shown, gravest(told)


def _chosen(form: str, usual: str, forms: tuple[str, ...], out: Path | None) -> str:
    """Return the form asked for; where none is, that of the file's name, else the usual one."""
    if form not in (*forms, "text"):
        raise InputError.not_among("Format", form, forms)
    if form != "text":
        return form
    by_name = usual if out is None else _BY_SUFFIX.get(out.suffix.lower(), usual)
    return by_name if by_name in forms else usual


def _shown(found: dict[str, Any], form: str) -> str:
    from cladist.provenance import software
    from cladist.views import audit as view
    from cladist.views.sarif import audit_sarif

    if form == "json":
        return dump_json(found)
    if form == "sarif":
        return dump_json(audit_sarif(found, software()))
    if form == "html":
        return view.audit_page(found)
    if form == "md":
        return view.audit_markdown(found)
    import shutil

    return view.audit_text(found, width=min(shutil.get_terminal_size().columns, 110))
