"""A licence audit for people: terminal, HTML, Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cladist.licenses.catalog import ESTABLISHED
from cladist.licenses.rules import SEVERITIES
from cladist.licenses.words import VERDICTS
from cladist.views.live import read_live
from cladist.views.terminal import clean, clip

MARKS: Final = {"conflict": "✗", "review": "?", "unknown": "·", "obligation": "•", "ok": "✓"}
_FINDING: Final = {"conflict": "possible conflict", "review": "to be reviewed",
                   "unknown": "unknown", "obligation": "obligation not met"}  # fmt: skip
_RELATION: Final = {"unknown": "from", "finetune": "fine-tune of", "adapter": "adapter of",
                    "quantized": "quantized from", "merge": "merge of",
                    "conversion": "converted from"}  # fmt: skip
_BOX: Final = {True: "☑", False: "☒", None: "☐"}
_KIND: Final = {"adapter": "an adapter", "copy": "a copy"}
#: Edges drawn where there are more; levels indented; models of a way told; data sets named.
_EDGES: Final = 24
_LEVELS: Final = 10
_WAY: Final = 8
_DATASETS: Final = 6
_DECLARED: Final = 200


def audit_text(found: Mapping[str, Any], *, width: int = 100) -> str:
    """Show an audit in the terminal: verdict, the way as a tree, findings, checklist."""
    lines = ["SIMULATED DATA"] if found["simulated"] else []
    n = found["ancestors"]
    lines += [
        f"{found['model']}: {found['verdict_words']}",
        f"declared: {declared_words(found)}; {n:,} known ancestor{'' if n == 1 else 's'}",
    ]
    if found["edges"]:
        lines += ["", "The way, edge by edge (each child's label against its parent's terms)",
                  f"    {found['model']} · {found['edges'][0]['child_license']}",
                  *_tree(found)]  # fmt: skip
    if found["findings"]:
        lines += ["", "Findings"]
        for finding in found["findings"]:
            lines += ["", *_finding(finding)]
    if found["obligations"]:
        lines += ["", "Obligations that come down", *_checklist(found)]
    if found["datasets"]:
        lines += ["", *_datasets(found)]
    lines += ["", found["disclaimer"]]
    lines += ["", read_live(found)] if read_live(found) else []
    return "\n".join(_wrapped(clean(line), width) for line in lines)


def _wrapped(line: str, width: int) -> str:
    start = line[: len(line) - len(line.lstrip())]
    hang = start + ("  " if start else "")
    return textwrap.fill(
        line.lstrip(), max(width, 40), initial_indent=start, subsequent_indent=hang,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def declared_words(found: Mapping[str, Any]) -> str:
    """Return what the label is, what it was read as, and whether a tool wrote it."""
    declared = found["declared"]
    stated = clip(", ".join(declared["license"]) or "no licence", _DECLARED)
    if declared["resolved"] and declared["resolved"] != stated:
        stated += f" (read as {declared['resolved']})"
    elif declared["license"] and not declared["resolved"]:
        stated += " (no known licence)"
    if declared["tool_default"]:
        stated += f" (likely a default that {declared['tool_default']} writes)"
    return stated


def tree(edges: Sequence[Mapping[str, Any]], model: str) -> Iterator[tuple[int, Any, bool]]:
    """Walk up the edges from a model: depth, edge, and whether its parent was told before.

    Depth first, no recursion; the ways above an ancestor stand where it is met first.
    """
    up: dict[str, list[Mapping[str, Any]]] = {}
    for edge in edges:
        up.setdefault(edge["child"], []).append(edge)
    seen: set[str] = set()
    stack = [(1, edge) for edge in reversed(up.get(model, []))]
    while stack:
        depth, edge = stack.pop()
        again = edge["parent"] in seen
        yield depth, edge, again
        if not again:
            seen.add(edge["parent"])
            stack += [(depth + 1, e) for e in reversed(up.get(edge["parent"], []))]


def _tree(found: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    hidden = []
    for depth, edge, again in tree(found["edges"], found["model"]):
        if len(lines) < _EDGES:
            lines.append(_edge(edge, min(depth, _LEVELS) * 2, again))
        else:
            hidden.append(edge)
    if hidden:
        lines.append(f"    ... and {len(hidden):,} more edges (--json gives all); of these")
        grave = [e for e in hidden if e["verdict"] in ("conflict", "review")]
        grave.sort(key=lambda e: -SEVERITIES.index(e["verdict"]))
        lines += [f"{_edge(e, 4, True)} ← {e['child']}" for e in grave[:_WAY]]
        if len(lines) == _EDGES + 1:
            lines[-1] = lines[-1].removesuffix("; of these")
    return lines


def _edge(edge: Mapping[str, Any], indent: int, again: bool) -> str:
    told = f"{' ' * indent}{MARKS[edge['verdict']]} {_RELATION.get(edge['relation'], '?')} "
    if edge["relation"] == "unknown" and edge["kind"] != "derivative":
        told = f"{told.rstrip()} (its record says: {_KIND[edge['kind']]}) "
    told += f"{edge['parent']} · {edge['parent_license']}"
    if again:
        told += " (see above)"
    if edge["verdict"] in ("conflict", "review"):
        told += f": {VERDICTS[edge['verdict']]}"
        told += f" ({', '.join(edge['rules'])})"
    return told


def finding_words(finding: Mapping[str, Any]) -> str:
    """Return the severity of a finding in words."""
    if finding["severity"] == "obligation" and finding.get("met") is None:
        return "obligation to check"
    return _FINDING[finding["severity"]]


def _finding(finding: Mapping[str, Any]) -> list[str]:
    head = f"  {MARKS[finding['severity']]} {finding_words(finding)}: {finding['rule']}"
    if finding.get("excepted"):
        head += f" (excepted: {finding['excepted']})"
    lines = [head, f"    {finding['explanation']}"]
    if finding["clause"]:
        lines.append(f"    Clause: {finding['license']}, {finding['clause']} "
                     f"({ESTABLISHED[finding['established']]})")  # fmt: skip
        lines.append(f"    {finding['url']}")
    if len(finding["path"]) > 2:
        lines.append(f"    Way: {way_words(finding['path'])}")
    lines.append(f"    To resolve: {finding['resolution']}")
    return lines


def way_words(path: Sequence[str]) -> str:
    """Return a way in words, its middle left out where it is long."""
    if len(path) <= _WAY:
        return " → ".join(path)
    left = len(path) - _WAY + 1
    return " → ".join([*path[: _WAY // 2], f"({left:,} more)", *path[1 - _WAY // 2 :]])


def by_license(found: Mapping[str, Any]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return the obligations grouped by licence, that with an unmet one first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in found["obligations"]:
        groups.setdefault(item["license"], []).append(item)
    return [(items[0], items) for items in groups.values()]


def _checklist(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for first, items in by_license(found):
        more = f" and {first['more_ancestors']:,} more" if first["more_ancestors"] else ""
        lines += [f"  {first['license']}, from {', '.join(first['ancestors'])}{more}"]
        for item in items:
            detail = f": {item['detail']}" if item["detail"] else ""
            note = f" [{item['note']}]" if item["note"] else ""
            lines.append(f"    {_BOX[item['met']]} {item['sentence']}{detail} "
                         f"({item['clause']}){note}")  # fmt: skip
    return lines


def _datasets(found: Mapping[str, Any]) -> list[str]:
    names = [d["dataset"] for d in found["datasets"]]
    more = f" and {len(names) - _DATASETS:,} more" if len(names) > _DATASETS else ""
    return [f"Data sets named along the way: {', '.join(names[:_DATASETS])}{more}. Their licences "
            "are not in a snapshot: look them up."]  # fmt: skip


def audit_page(found: Mapping[str, Any]) -> str:
    """Return an audit as a page: self-contained, without script, every text escaped.

    Only addresses of the catalogue are links: they come from no stranger.
    """
    from cladist.views.page import POLICY, environment

    edges = [
        {**edge, "depth": min(depth, _LEVELS) - 1, "again": again}
        for depth, edge, again in tree(found["edges"], found["model"])
    ]
    return environment().get_template("audit.html.j2").render(
        found=found, edges=edges, declared=declared_words(found), policy=POLICY, most=_EDGES,
        words=finding_words, verdicts=VERDICTS, relations=_RELATION, established=ESTABLISHED,
        marks=MARKS, way=way_words, groups=by_license(found), boxes=_BOX,
        read_live=read_live(found),
    )  # fmt: skip


def audit_markdown(found: Mapping[str, Any]) -> str:
    """Return an audit as Markdown; nothing that a stranger wrote is Markdown or HTML in it."""
    lines = [f"# Licence audit: {_md(found['model'])}", ""]
    if found["simulated"]:
        lines += ["**SIMULATED DATA**", ""]
    n = found["ancestors"]
    lines += [
        f"**{_md(found['verdict_words'])}**; declared: {_md(declared_words(found))}; "
        f"{n:,} known ancestor{'' if n == 1 else 's'}.", "",
    ]  # fmt: skip
    if found["findings"]:
        lines += ["| severity | rule | finding | clause | what would resolve it |",
                  "| --- | --- | --- | --- | --- |"]  # fmt: skip
        lines += [_md_finding(f) for f in found["findings"]]
        lines.append("")
    if found["edges"]:
        lines += ["## The way, edge by edge", ""]
        for depth, edge, again in list(tree(found["edges"], found["model"]))[:_EDGES]:
            told = _md(_edge(edge, 0, again))
            lines.append(f"{'  ' * (min(depth, _LEVELS) - 1)}- {told}")
        lines.append("")
    if found["obligations"]:
        lines += ["## Obligations that come down", ""]
        for first, items in by_license(found):
            lines += [f"{_md(first['license'])}, from {_md(', '.join(first['ancestors']))}:", ""]
            for item in items:
                detail = f": {_md(item['detail'])}" if item["detail"] else ""
                told = " (not met)" if item["met"] is False else ""
                note = f" ({_md(item['note'])})" if item["note"] else ""
                lines.append(f"- [{'x' if item['met'] else ' '}] {_md(item['sentence'])}{detail} "
                             f"([{_md(item['clause'])}]({item['url']})){told}{note}")  # fmt: skip
            lines.append("")
    if found["datasets"]:
        lines += [_md(_datasets(found)[0]), ""]
    if read_live(found):
        lines += [f"{_md(read_live(found).capitalize())}.", ""]
    return "\n".join([*lines, found["disclaimer"], ""])


def _md_finding(finding: Mapping[str, Any]) -> str:
    clause = f"[{_md(finding['clause'])}]({finding['url']})" if finding["clause"] else ""
    told = _md(finding["explanation"])
    if finding.get("excepted"):
        told += f" Excepted: {_md(finding['excepted'])}"
    return (f"| {finding_words(finding)} | {_md(finding['rule'])} | {told} | {clause} | "
            f"{_md(finding['resolution'])} |")  # fmt: skip


def _md(text: str) -> str:
    from cladist.views.tables import markdown_text

    return markdown_text(text)
