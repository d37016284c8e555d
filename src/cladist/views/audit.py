"""A licence audit for people and machines: terminal, HTML, Markdown, SARIF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cladist.views.terminal import clean

_MARK: Final = {"conflict": "✗", "review": "?", "unknown": "·", "obligation": "•", "ok": "✓"}
_WORDS: Final = {"conflict": "possible conflict", "review": "review", "unknown": "unknown",
                 "obligation": "obligations to keep", "ok": "nothing found"}  # fmt: skip
_RELATION: Final = {"unknown": "from", "finetune": "fine-tune of", "adapter": "adapter of",
                    "quantized": "quantized from", "merge": "merge of",
                    "conversion": "converted from"}  # fmt: skip
_LEVEL: Final = {"conflict": "error", "review": "warning", "unknown": "note"}
#: Edges drawn where there are more.
_EDGES: Final = 24


def audit_text(found: Mapping[str, Any], *, width: int = 100) -> str:
    """Show an audit in the terminal: verdict, way, findings with their clauses, checklist."""
    lines = ["SIMULATED DATA"] if found["simulated"] else []
    lines += [
        f"{found['model']}: {found['verdict_words']}",
        f"declared: {_declared(found)}; {found['ancestors']:,} known ancestors",
    ]
    if found["edges"]:
        lines += ["", "The way, edge by edge (child ← parent)", *_tree(found)]
    if found["findings"]:
        lines += ["", "Findings"]
        for finding in found["findings"]:
            lines += _finding(finding)
    if found["obligations"]:
        lines += ["", "Obligations that come down", *_checklist(found)]
    lines += ["", found["disclaimer"]]
    return "\n".join(_wrapped(clean(line), width) for line in lines)


def _wrapped(line: str, width: int) -> str:
    import textwrap

    start = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.lstrip(), max(width, 40), initial_indent=start, subsequent_indent=start + "    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _declared(found: Mapping[str, Any]) -> str:
    declared = found["declared"]
    stated = ", ".join(declared["license"]) or "no licence"
    if declared["resolved"] and declared["resolved"] != stated:
        stated += f" (read as {declared['resolved']})"
    if declared["tool_default"]:
        stated += f" (likely a default that {declared['tool_default']} writes)"
    return stated


def _tree(found: Mapping[str, Any]) -> list[str]:
    shown = found["edges"][:_EDGES]
    lines = [
        f"  {_MARK[e['verdict']]} {e['child']} [{e['child_license']}]"
        f" ← {_RELATION.get(e['relation'], e['relation'])} {e['parent']} [{e['parent_license']}]"
        for e in shown
    ]
    rest = len(found["edges"]) - len(shown)
    return [*lines, f"  ... and {rest:,} more edges (--json gives all)"] if rest else lines


def _finding(finding: Mapping[str, Any]) -> list[str]:
    head = f"  {_MARK[finding['severity']]} {_WORDS[finding['severity']]}: {finding['rule']}"
    if finding.get("excepted"):
        head += f" (excepted: {finding['excepted']})"
    lines = [head, f"      {finding['explanation']}"]
    if finding["clause"]:
        lines.append(f"      clause {finding['clause']}, {finding['url']}")
    lines.append(f"      {finding['resolution']}")
    return lines


def _checklist(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for item in found["obligations"]:
        mark = {True: "✓", False: "✗", None: "•"}[item["met"]]
        detail = f": {item['detail']}" if item["detail"] else ""
        lines.append(f"  {mark} {item['sentence']}{detail} ({item['license']}, {item['clause']})")
    return lines


def audit_page(found: Mapping[str, Any]) -> str:
    """Return an audit as a page: self-contained, without script, every text escaped.

    Only addresses of the catalogue are links: they come from no stranger.
    """
    from cladist.licenses.catalog import ESTABLISHED
    from cladist.licenses.rules import SEVERITIES
    from cladist.views.page import POLICY, environment

    edges = found["edges"]
    if len(edges) > _EDGES:
        edges = sorted(edges, key=lambda e: -SEVERITIES.index(e["verdict"]))
    return environment().get_template("audit.html.j2").render(
        found=found, edges=edges, declared=_declared(found), policy=POLICY, most=_EDGES,
        words=_WORDS, relations=_RELATION, established=ESTABLISHED,
    )  # fmt: skip


def audit_markdown(found: Mapping[str, Any]) -> str:
    """Return an audit as Markdown; nothing that a stranger wrote is Markdown or HTML in it."""
    lines = [f"# Licence audit: {_md(found['model'])}", ""]
    if found["simulated"]:
        lines += ["**SIMULATED DATA**", ""]
    lines += [
        f"**{_md(found['verdict_words'])}**; declared: {_md(_declared(found))}; "
        f"{found['ancestors']:,} known ancestors.", "",
    ]  # fmt: skip
    if found["findings"]:
        lines += ["| severity | rule | finding | clause | what would resolve it |",
                  "| --- | --- | --- | --- | --- |"]  # fmt: skip
        for f in found["findings"]:
            clause = f"[{_md(f['clause'])}]({f['url']})" if f["clause"] else ""
            told = _md(f["explanation"])
            if f.get("excepted"):
                told += f" Excepted: {_md(f['excepted'])}"
            lines.append(f"| {f['severity']} | {_md(f['rule'])} | {told} | {clause} | "
                         f"{_md(f['resolution'])} |")  # fmt: skip
        lines.append("")
    if found["obligations"]:
        lines += ["## Obligations that come down", ""]
        for item in found["obligations"]:
            box = "x" if item["met"] else " "
            detail = f": {_md(item['detail'])}" if item["detail"] else ""
            lines.append(f"- [{box}] {_md(item['sentence'])}{detail} ({_md(item['license'])}, "
                         f"[{_md(item['clause'])}]({item['url']}))")  # fmt: skip
        lines.append("")
    return "\n".join([*lines, found["disclaimer"], ""])


def _md(text: str) -> str:
    from cladist.views.tables import markdown_text

    return markdown_text(text)


def audit_sarif(found: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Return an audit as SARIF 2.1.0; a model is a location, a rule has its clause as help."""
    open_ = [f for f in found["findings"] if f["severity"] in _LEVEL]
    rules = {f["rule"]: f for f in open_}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "cladist", "version": version,
                "rules": [{"id": r, "shortDescription": {"text": r.replace("_", " ")}}
                          for r in sorted(rules)],
            }},
            "results": [_result(f, found) for f in open_],
            "properties": {"disclaimer": found["disclaimer"], "verdict": found["verdict"],
                           "simulated": found["simulated"]},
        }],
    }  # fmt: skip


def _result(finding: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    from urllib.parse import quote

    result: dict[str, Any] = {
        "ruleId": finding["rule"],
        "level": _LEVEL[finding["severity"]],
        "message": {"text": clean(f"{finding['explanation']} {finding['resolution']}")},
        "locations": [{
            "physicalLocation": {"artifactLocation": {
                "uri": f"https://huggingface.co/{quote(found['model'], safe='/')}"}},
            "logicalLocations": [{"fullyQualifiedName": clean(found["model"]), "kind": "module"}],
        }],
        "properties": {k: finding[k] for k in ("severity", "license", "label", "parent", "child",
                                               "clause", "url", "established", "path")},
    }  # fmt: skip
    if finding.get("excepted"):
        told = clean(finding["excepted"])
        result["suppressions"] = [{"kind": "external", "justification": told}]
    return result
