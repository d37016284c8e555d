"""A policy for licence audits: what may pass, what not, and exceptions that expire."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from cladist.errors import InputError
from cladist.licenses.catalog import licenses
from cladist.licenses.rules import SEVERITIES
from cladist.licenses.words import RULES, verdict_words

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
    """Findings that somebody looked at: of a model, by rule or licence, until a day.

    ``model`` may be a pattern: ``our-org/*``.
    """

    model: str
    rule: str | None
    license: str | None
    reason: str
    expires: dt.date | None


@dataclass(frozen=True)
class Policy:
    """Licences that may be declared or inherited, those that may not, those to look at.

    An empty ``allow`` allows everything that is not denied; any other allows no label that is not
    known either.
    """

    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    review: frozenset[str] = frozenset()
    exceptions: tuple[Waiver, ...] = ()

    def judge(self, name: str) -> str:
        """Return what the policy says of a licence: ``deny``, ``review`` or ``allow``."""
        if name in self.deny or (self.allow and name not in self.allow | self.review):
            return "deny"
        return "review" if name in self.review else "allow"


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
    if not isinstance(raw.get("exceptions", []), list):
        raise InputError(f"exceptions in {str(path)!r} are no list of tables.", _EXAMPLE)
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
    if isinstance(expires, dt.datetime) or not isinstance(expires, dt.date | None):
        raise InputError(f"expires in {str(path)!r} is no date.", _EXAMPLE)
    for key, known in (("rule", RULES), ("license", licenses())):
        if entry.get(key) is not None and entry[key] not in known:
            what = f"{key} of an exception in {str(path)!r}"
            raise InputError.not_among(what, entry[key], known)
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
        if not fnmatchcase(audit["model"], exception.model):
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
    findings.sort(key=lambda f: ("excepted" in f, -SEVERITIES.index(f["severity"])))
    broken = sum(f.get("met") is False and "excepted" not in f for f in findings)
    words = verdict_words(grave, not_met=broken, ancestors=audit["ancestors"])
    return {**audit, "findings": findings, "verdict": grave, "verdict_words": words}


def _of_lists(audit: Mapping[str, Any], policy: Policy) -> list[dict[str, Any]]:
    declared = audit["declared"]["resolved"]
    inherited = {row["license"] for row in audit["inherited"]}
    found = []
    for name in sorted({declared, *inherited} - {None}):
        where = "declared" if name == declared else "inherited"
        judged = policy.judge(name)
        if judged == "deny":
            why = "is denied" if name in policy.deny else "is not among those allowed"
            found.append(_told(audit, "policy_denied", "conflict", name,
                               f"The licence {name} ({where}) {why} by the policy.",
                               "Take another model, or except it with a reason."))  # fmt: skip
        elif judged == "review":
            found.append(_told(audit, "policy_review", "review", name,
                               f"The licence {name} ({where}) is to be reviewed by the policy.",
                               "Look at it, then except it with a reason."))  # fmt: skip
    if policy.allow and declared is None:
        found.append(_told(audit, "policy_denied", "conflict", None,
                           f"{audit['model']} states no known licence, and the policy allows only "
                           "those that it names.",
                           "Find the licence out, or except the model with a reason."))  # fmt: skip
    if policy.allow and None in inherited:
        found.append(_told(audit, "policy_review", "review", None,
                           "The licence of an ancestor is not known, and the policy allows only "
                           "those that it names.",
                           "Find the licence out, or except the model with a reason."))  # fmt: skip
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


def reaches(verdict: str, fail_on: str) -> bool:
    """Tell whether a verdict is at or above the severity from which an audit fails.

    Raises
    ------
    InputError
        If there is no such severity.
    """
    if fail_on not in FAIL_ON:
        raise InputError.not_among("--fail-on", fail_on, FAIL_ON)
    return fail_on != "never" and SEVERITIES.index(verdict) >= SEVERITIES.index(fail_on)
