"""A licence audit as SARIF 2.1.0, for code scanning and other readers of findings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from cladist.licenses.words import RULES
from cladist.views.terminal import clean

_LEVEL: Final = {"conflict": "error", "review": "warning", "unknown": "note", "obligation": "note"}
_PAGES: Final = "https://huggingface.co/"
_KEPT: Final = ("severity", "license", "label", "ancestor", "parent", "child", "clause", "url",
                "established", "path", "relations")  # fmt: skip


def audit_sarif(found: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Return an audit as SARIF; a model is a location, a rule says what it asks.

    A finding that is excepted is a suppressed result. Fingerprints stay the same as long as rule,
    model, ancestor and licence do, so that a reader tells old findings from new ones.
    """
    named = sorted({f["rule"] for f in found["findings"]})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "cladist", "version": version, "semanticVersion": version,
                "rules": [_rule(name) for name in named],
            }},
            "columnKind": "unicodeCodePoints",
            "results": [_result(f, found, named) for f in found["findings"]],
            "properties": {"disclaimer": found["disclaimer"], "verdict": found["verdict"],
                           "snapshot": found["snapshot"], "simulated": found["simulated"]},
        }],
    }  # fmt: skip


def _rule(name: str) -> dict[str, Any]:
    told = RULES.get(name, name.replace("_", " "))
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("_")),
        "shortDescription": {"text": told},
        "fullDescription": {"text": f"{told} Not legal advice."},
    }


def _result(
    finding: Mapping[str, Any], found: Mapping[str, Any], rules: list[str]
) -> dict[str, Any]:
    told = f"{finding['explanation']} {finding['resolution']}"
    if finding["clause"]:
        told += f" Clause: {finding['license']}, {finding['clause']}, {finding['url']}"
    same = "\0".join(str(finding[k]) for k in ("rule", "ancestor", "license")) + found["model"]
    result: dict[str, Any] = {
        "ruleId": finding["rule"],
        "ruleIndex": rules.index(finding["rule"]),
        "level": _LEVEL[finding["severity"]],
        "message": {"text": clean(told)},
        "locations": [_location(finding["child"]), *(
            [_location(found["model"])] if finding["child"] != found["model"] else [])],
        "partialFingerprints": {
            "cladist/v1": hashlib.sha256(same.encode("utf-8", "replace")).hexdigest()[:32]},
        "properties": {k: finding[k] for k in _KEPT},
    }  # fmt: skip
    if finding.get("excepted"):
        told = clean(finding["excepted"])
        result["suppressions"] = [{"kind": "external", "justification": told}]
    return result


def _location(model: str) -> dict[str, Any]:
    return {
        "physicalLocation": {"artifactLocation": {"uri": _PAGES + quote(model, safe="/")}},
        "logicalLocations": [{"fullyQualifiedName": clean(model), "kind": "resource"}],
    }
