"""A policy for licence audits: what may pass, what not, and exceptions that expire."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cladist.errors import InputError
from cladist.licenses.catalog import licenses
from cladist.licenses.rules import SEVERITIES

#: Severities at which an audit can be made to fail.
FAIL_ON: Final = ("conflict", "review", "unknown", "obligation", "never")

_KEYS: Final = frozenset(("allow", "deny", "review", "exceptions"))
_EXCEPTION: Final = frozenset(("model", "rule", "license", "reason", "expires"))
_EXAMPLE: Final = (
    'Write TOML: allow = ["mit"], deny = ["cc-by-nc-4.0"], review = ["gemma"], and '
    "[[exceptions]] with model, rule, reason and expires = 2027-01-31."
)


@dataclass(frozen=True)
class Waiver:
    """Findings that somebody looked at: of a model, by rule or licence, until a day."""

    model: str
    rule: str | None
    license: str | None
    reason: str
    expires: dt.date | None


@dataclass(frozen=True)
class Policy:
    """Licences that may be declared or inherited, those that may not, those to look at.

    An empty ``allow`` allows everything that is not denied.
    """

    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    review: frozenset[str] = frozenset()
    exceptions: tuple[Waiver, ...] = ()


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises
    ------
    InputError
        If it cannot be read, is no TOML, or holds a key, a licence or a date that is none.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InputError(f"The policy {str(path)!r} cannot be read: {problem}.", _EXAMPLE) from None
    for key in raw:
        if key not in _KEYS:
            raise InputError(f"The policy {str(path)!r} has an unknown key {key!r}.", _EXAMPLE)
    lists = {k: _licenses(raw.get(k, []), k, path) for k in ("allow", "deny", "review")}
    return Policy(**lists, exceptions=tuple(_exception(e, path) for e in raw.get("exceptions", [])))


def _licenses(names: Any, key: str, path: Path) -> frozenset[str]:
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise InputError(f"{key} in {str(path)!r} is no list of licences.", _EXAMPLE)
    for name in names:
        if name not in licenses():
            raise InputError.not_among(f"Licence in {key} of {str(path)!r}", name, licenses())
    return frozenset(names)


def _exception(entry: Any, path: Path) -> Waiver:
    if not isinstance(entry, dict) or not entry.get("model") or not entry.get("reason"):
        raise InputError(f"An exception in {str(path)!r} lacks its model or reason.", _EXAMPLE)
    strange = set(entry) - _EXCEPTION
    if strange:
        raise InputError(f"An exception in {str(path)!r} has {sorted(strange)[0]!r}.", _EXAMPLE)
    expires = entry.get("expires")
    if isinstance(expires, str):
        try:
            expires = dt.date.fromisoformat(expires)
        except ValueError:
            raise InputError(f"{expires!r} in {str(path)!r} is no date.", _EXAMPLE) from None
    if expires is not None and not isinstance(expires, dt.date):
        raise InputError(f"expires in {str(path)!r} is no date.", _EXAMPLE)
    return Waiver(str(entry["model"]), entry.get("rule"), entry.get("license"),
                      str(entry["reason"]), expires)  # fmt: skip


def apply_policy(
    audit: Mapping[str, Any], policy: Policy, *, today: dt.date | None = None
) -> dict[str, Any]:
    """Return an audit with the findings of a policy added, and those excepted marked.

    A finding of an exception gets ``excepted``, its reason; an expired exception does nothing but
    add the finding ``exception_expired``.
    """
    day = today or dt.datetime.now(dt.UTC).date()
    findings = [dict(f) for f in audit["findings"]] + _of_lists(audit, policy)
    for exception in policy.exceptions:
        if exception.model != audit["model"]:
            continue
        if exception.expires is not None and exception.expires < day:
            findings.append(_told(
                audit, "exception_expired", "review", exception.license,
                f"An exception for {audit['model']} expired on {exception.expires}: "
                f"{exception.reason}", "Renew it, or solve the finding.",
            ))  # fmt: skip
            continue
        for finding in findings:
            if exception.rule in (None, finding["rule"]) and exception.license in (
                None, finding["license"],
            ):  # fmt: skip
                finding["excepted"] = exception.reason
    grave = worst(findings)
    if grave == "ok" and audit["obligations"]:
        grave = "obligation"
    return {**audit, "findings": findings, "verdict": grave}


def _of_lists(audit: Mapping[str, Any], policy: Policy) -> list[dict[str, Any]]:
    declared = audit["declared"]["resolved"]
    inherited = {o["license"] for o in audit["obligations"]}
    found = []
    for name in sorted({declared, *inherited} - {None}):
        where = "declared" if name == declared else "inherited"
        if name in policy.deny or (policy.allow and name not in policy.allow | policy.review):
            why = "is denied" if name in policy.deny else "is not among those allowed"
            found.append(_told(audit, "policy_denied", "conflict", name,
                               f"The licence {name} ({where}) {why} by the policy.",
                               "Take another model, or except it with a reason."))  # fmt: skip
        elif name in policy.review:
            found.append(_told(audit, "policy_review", "review", name,
                               f"The licence {name} ({where}) is to be reviewed by the policy.",
                               "Look at it, then except it with a reason."))  # fmt: skip
    return found


def _told(
    audit: Mapping[str, Any], rule: str, severity: str, license_id: str | None, words: str, do: str
) -> dict[str, Any]:
    return {
        "rule": rule, "severity": severity, "license": license_id,
        "label": audit["declared"]["resolved"], "ancestor": audit["model"],
        "parent": audit["model"], "child": audit["model"], "path": [], "relations": [],
        "clause": None, "url": None, "established": None, "explanation": words, "resolution": do,
    }  # fmt: skip


def worst(findings: Sequence[Mapping[str, Any]]) -> str:
    """Return the gravest severity of findings that are not excepted, ``ok`` of none."""
    open_ = [f["severity"] for f in findings if "excepted" not in f]
    return max(open_, key=SEVERITIES.index, default="ok")


def fails(audit: Mapping[str, Any], fail_on: str) -> bool:
    """Tell whether an audit is at or above a severity.

    Raises
    ------
    InputError
        If there is no such severity.
    """
    if fail_on not in FAIL_ON:
        raise InputError.not_among("--fail-on", fail_on, FAIL_ON)
    if fail_on == "never":
        return False
    return SEVERITIES.index(audit["verdict"]) >= SEVERITIES.index(fail_on)
