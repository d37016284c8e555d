"""What the command ``audit`` prints: one model or a whole hub, in the form asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cladist.cli.output import dump_json, width
from cladist.errors import InputError

if TYPE_CHECKING:
    from cladist.hub.live import Live
    from cladist.policy import Policy
    from cladist.snapshot import Snapshot

_OF_MODEL: Final = ("text", "json", "html", "md", "sarif")
_OF_HUB: Final = ("table", "csv", "json", "parquet", "md")
#: Suffix of ``--out`` -> form, where none is asked for.
_BY_SUFFIX: Final = {
    ".json": "json", ".md": "md", ".sarif": "sarif", ".html": "html", ".htm": "html",
    ".csv": "csv", ".parquet": "parquet",
}  # fmt: skip


def one_form(form: str, *, everything: bool, json: bool, out: Path | None) -> str:
    """Return the form asked for; where none is, that of the file's name, else the usual one.

    Raises
    ------
    InputError
        If there is no such form, or two are asked for.
    """
    forms, usual = (_OF_HUB, "table") if everything else (_OF_MODEL, "text")
    if form not in (*forms, "text"):
        raise InputError.not_among("Format", form, forms)
    if json and form not in ("text", "json"):
        raise InputError(f"--json and --format {form} contradict one another.", "Give one of them.")
    if json or form != "text":
        return "json" if json else form
    by_name = usual if out is None else _BY_SUFFIX.get(out.suffix.lower(), usual)
    return by_name if by_name in forms else usual


def audited_model(
    hub: Snapshot, live: Live | None, model: str, policy: Policy | None, form: str
) -> tuple[str, str]:
    """Return the audit of one model in a form, and its verdict."""
    from cladist.auditing import audit
    from cladist.policy import apply_policy

    found = audit(hub, model)
    found = found if live is None else found | {"live": live.facts()}
    found = apply_policy(found, policy) if policy is not None else found
    return _shown(found, form), found["verdict"]


def audited_hub(
    snapshot: str, policy: Policy | None, form: str, out: Path | None
) -> tuple[str | bytes, str]:
    """Return the audit of a whole hub in a form, and its gravest verdict."""
    from cladist.auditing import DISCLAIMER
    from cladist.hub_audit import audit_all, gravest
    from cladist.snapshot import open_snapshot
    from cladist.views.tables import render

    brief = form in ("table", "md")
    told = audit_all(open_snapshot(snapshot), policy=policy, top=50 if brief else None)
    limit = max(told.table.num_rows, 1) if out is not None and brief else None
    shown = render(told, form, limit=limit)
    if brief and isinstance(shown, str):
        shown = f"{shown.rstrip()}\n\n{DISCLAIMER}\n"
    return shown, gravest(told)


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
    return view.audit_text(found, width=min(width(), 110))
