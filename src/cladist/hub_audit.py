"""The licence audit of a whole hub: its findings counted, its rates, and what a policy says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cladist.analysis.license import of_audit
from cladist.auditing import audit
from cladist.errors import InputError
from cladist.licenses.rules import SEVERITIES
from cladist.licenses.words import VERDICTS
from cladist.licensing import KNOWN, NAMES, HubAudit, audit_hub, has
from cladist.policy import Policy, apply_policy
from cladist.traits.edges import fetch, model_ids

if TYPE_CHECKING:
    from cladist.result import Result
    from cladist.snapshot import Snapshot

#: Models that exceptions may name; each of them is audited by itself.
_MOST_EXCEPTED: Final = 5_000
_UNKNOWN: Final = "(not known)"

Ints = NDArray[np.int64]


def audit_all(
    hub: Snapshot, *, policy: Policy | None = None, top: int | None = 50, replicates: int = 1000,
    seed: int = 0, today: dt.date | None = None,
) -> Result:  # fmt: skip
    """Audit the licence of every model of a hub.

    Parameters
    ----------
    hub
        The snapshot.
    policy
        What may be declared or inherited, and exceptions; none if None.
    top, replicates, seed
        As for :func:`cladist.license_audit`.
    today
        The day on which exceptions are looked at.

    Returns
    -------
    Result
        As of :func:`cladist.license_audit`, with the findings as the main table and the rates by
        relation as table ``relations``. With a policy also the table ``policy``: ``license``,
        ``judged`` (``deny`` or ``review``), how many models have it ``declared`` and how many
        ``inherited``; ``verdicts`` then count every model, as the policy and its exceptions leave
        it.

    Raises
    ------
    InputError
        If exceptions name more models than can be looked at one by one.
    """
    whole = audit_hub(hub)
    told = of_audit(hub, whole, top=top, replicates=replicates, seed=seed)
    rest = {k: v for k, v in told.tables.items() if k not in ("table", "findings")}
    tables = {"table": told.tables["findings"], "relations": told.table, **rest}
    if policy is not None:
        rows, verdict = _by_policy(hub, whole, policy)
        _except(hub, policy, verdict, today)
        tables |= {"verdicts": _verdicts(verdict), "policy": rows}
    return replace(
        told, analysis="audit", tables=tables, charts=(),
        shown={
            **({"policy": ("license", "judged", "declared", "inherited")} if policy else {}),
            "verdicts": ("verdict", "models", "share"),
            "table": ("severity", "rule", "source", "label", "models", "downloads", "example"),
            "relations": ("relation", "edges", "conflicts", "share", "low", "high",
                          "share_of_downloads"),
            "pairs": ("source", "target", "relation", "edges", "share", "verdict"),
            "years": ("year", "edges", "conflicts", "share"),
            "families": ("founder", "models", "conflict", "share"),
            "affected": ("model_id", "label", "inherited", "downloads"),
        },
    )  # fmt: skip


def gravest(told: Result) -> str:
    """Return the gravest verdict that a model of the hub has, ``ok`` if there is no model."""
    found = [r["verdict"] for r in told.tables["verdicts"].to_pylist() if r["models"]]
    return max(found, key=SEVERITIES.index, default="ok")


def _by_policy(
    hub: Snapshot, whole: HubAudit, policy: Policy
) -> tuple[pa.Table, NDArray[np.uint8]]:
    """Return what a policy judges, and the verdict of every model with it."""
    code = whole.labels.code
    sets = np.bitwise_or.reduce(whole.sets, axis=0)
    verdict = whole.verdict.copy()
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(NAMES[:KNOWN]):
        judged = policy.judge(name)
        declared, inherited = code == i, has(sets, i)
        if judged != "allow" and (declared.any() or inherited.any()):
            _raise(verdict, declared | inherited, judged)
            rows.append({"license": name, "judged": judged, "declared": int(declared.sum()),
                         "inherited": int(inherited.sum())})  # fmt: skip
    if policy.allow:
        silent = code >= KNOWN
        silent[_ghosts(hub)] = False  # no record: nobody's model to judge
        _raise(verdict, silent, "deny")
        rows.append({"license": _UNKNOWN, "judged": "deny", "declared": int(silent.sum()),
                     "inherited": None})  # fmt: skip
    rows.sort(key=lambda r: (r["judged"], -r["declared"], r["license"]))
    return pa.Table.from_pylist(rows, schema=pa.schema([
        ("license", pa.string()), ("judged", pa.string()), ("declared", pa.int64()),
        ("inherited", pa.int64()),
    ])), verdict  # fmt: skip


def _ghosts(hub: Snapshot) -> Ints:
    models = hub.table("models")
    found: Ints = fetch(models.filter(models.is_ghost).select("node"))["node"].to_numpy()
    return found


def _raise(verdict: NDArray[np.uint8], where: NDArray[np.bool_], judged: str) -> None:
    severe = SEVERITIES.index("conflict" if judged == "deny" else "review")
    verdict[where] = np.maximum(verdict[where], severe)


def _except(
    hub: Snapshot, policy: Policy, verdict: NDArray[np.uint8], today: dt.date | None
) -> None:
    """Put in the verdicts of the models that exceptions name, each audited by itself."""
    patterns = {e.model for e in policy.exceptions}
    if not patterns:
        return
    nodes = np.flatnonzero(verdict >= SEVERITIES.index("unknown"))
    ids = model_ids(hub, nodes)
    named = [(n, name) for n, name in zip(nodes.tolist(), ids, strict=True)
             if any(fnmatchcase(name, p) for p in patterns)]  # fmt: skip
    if len(named) > _MOST_EXCEPTED:
        raise InputError(
            f"The exceptions name {len(named):,} models, more than {_MOST_EXCEPTED:,}.",
            "Allow the licence instead, or narrow the pattern.",
        )
    for node, name in named:
        found = apply_policy(audit(hub, name), policy, today=today)
        verdict[node] = SEVERITIES.index(found["verdict"])


def _verdicts(verdict: NDArray[np.uint8]) -> pa.Table:
    counts = np.bincount(verdict, minlength=len(SEVERITIES))
    names = SEVERITIES[::-1]
    return pa.table({
        "verdict": pa.array(names, pa.string()),
        "words": pa.array([VERDICTS[n] for n in names], pa.string()),
        "models": pa.array(counts[::-1].astype(np.int64)),
        "share": pa.array(np.round(counts[::-1] / max(len(verdict), 1), 12)),
    })  # fmt: skip
