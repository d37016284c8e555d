"""Two models compared, for the terminal: colours where they show, marks everywhere."""

from __future__ import annotations

from typing import Any, Final

from cladist.views.live import read_live
from cladist.views.terminal import clean

_RED: Final = "31"
_GREEN: Final = "32"
_DIM: Final = "2"
_BOLD: Final = "1"
#: Unchanged items shown around a change; characters of an unchanged stretch of a card.
_AROUND: Final = 2
_STRETCH: Final = 160
#: Characters of one item that are shown.
_ITEM: Final = 300


def compare_text(found: dict[str, Any], *, full: bool = False, color: bool = False) -> str:
    """Show what :func:`cladist.comparing.compare` found.

    Parameters
    ----------
    found
        The comparison.
    full
        Show unchanged stretches whole.
    color
        Use the colours of the terminal; without them deletions stand in ``[-...-]`` and
        insertions in ``{+...+}``.
    """
    ink = _Ink(color)
    kin = found["relationship"]
    lines = ["SIMULATED DATA"] if found["simulated"] else []
    lines.append(ink(_BOLD, clean(kin["sentence"])))
    if len(kin["path"]) > 2:
        lines.append("  " + _way(kin))
    if kin["others"]:
        also = ", ".join(f"{o['kind']} ({o['up']} up, {o['down']} down)" for o in kin["others"])
        lines.append(f"  also, by other ancestors: {also}")
    lines.append(f"  kinship {kin['kinship']:.4g}")
    lines += ["", *_traits(found["traits"], ink)]
    for name, title in (("metadata", "Record"), ("card", "Card")):
        if found[name] is not None:
            lines += ["", *_alignment(found[name], title, name == "metadata", full, ink)]
    lines += ["", *(clean(note) for note in found["notes"])] if found["notes"] else []
    lines += ["", read_live(found)] if read_live(found) else []
    return "\n".join(lines)


class _Ink:
    """Wraps text in the codes of a terminal, or leaves it plain."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def gone(self, text: str) -> str:
        return self(_RED, text) if self.color else f"[-{text}-]"

    def new(self, text: str) -> str:
        return self(_GREEN, text) if self.color else f"{{+{text}+}}"


def _way(kin: dict[str, Any]) -> str:
    """Draw the way up from the first model and down to the second."""
    names = [clean(name) for name in kin["path"]]
    steps = ["↑" if i < kin["up"] else "↓" for i in range(len(names) - 1)]
    return names[0] + "".join(f" {s} {n}" for s, n in zip(steps, names[1:], strict=True))


def _traits(rows: list[dict[str, Any]], ink: _Ink) -> list[str]:
    lines = ["Traits"]
    width = max(len(r["trait"]) for r in rows)
    silent = [r["trait"] for r in rows if r["state"] == "unknown"]
    for row in rows:
        if row["state"] == "unknown":
            continue
        name = row["trait"].ljust(width)
        if row["state"] == "kept":
            lines.append(f"  {name}  = {_value(row['a'])}")
        elif "lost" in row:
            parts = [*row["shared"][:6], *(ink.gone(clean(v)) for v in row["lost"][:6]),
                     *(ink.new(clean(v)) for v in row["gained"][:6])]  # fmt: skip
            rest = sum(max(0, len(row[k]) - 6) for k in ("shared", "lost", "gained"))
            tail = f" ... and {rest} more" if rest else ""
            lines.append(f"  {name}  ~ {', '.join(parts)}{tail}")
        else:
            old = ink.gone(_value(row["a"])) if row["a"] is not None else "not stated"
            new = ink.new(_value(row["b"])) if row["b"] is not None else "not stated"
            lines.append(f"  {name}  ~ {old} → {new}")
    if silent:
        lines.append(ink(_DIM, f"  not known: {', '.join(silent)}"))
    return lines


def _value(value: Any) -> str:
    if isinstance(value, list):
        more = f" ... and {len(value) - 8} more" if len(value) > 8 else ""
        return clean(", ".join(str(v) for v in value[:8])) + more
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else clean(str(value))


def _alignment(found: dict[str, Any], title: str, items: bool, full: bool, ink: _Ink) -> list[str]:
    what = "items" if items else "words and marks"
    head = (
        f"{title}: similarity {found['similarity']:.3f}; {found['insertions']:,} inserted, "
        f"{found['deletions']:,} deleted, {found['substitutions']:,} replaced ({what})"
    )
    if found["cut"]:
        head += "; the first 20,000 characters"
    return [head, *(_records(found, full, ink) if items else _words(found, full, ink))]


def _records(found: dict[str, Any], full: bool, ink: _Ink) -> list[str]:
    lines: list[str] = []
    for segment in found["segments"]:
        if segment["op"] == "equal":
            lines += [f"    {line}" for line in _folded(segment["a"].split("\n"), full)]
            continue
        for side, mark, code in (("a", "-", _RED), ("b", "+", _GREEN)):
            if segment[side]:
                lines += [ink(code, f"  {mark} {_short(v, full)}")
                          for v in segment[side].split("\n")]  # fmt: skip
    return lines


def _short(item: str, full: bool) -> str:
    text = clean(item)
    return text if full or len(text) <= _ITEM else f"{text[:_ITEM]}... ({len(text):,} characters)"


def _folded(items: list[str], full: bool) -> list[str]:
    shown = [_short(item, full) for item in items]
    if full or len(shown) <= 2 * _AROUND + 1:
        return shown
    hidden = len(shown) - 2 * _AROUND
    return [*shown[:_AROUND], f"... {hidden} unchanged ...", *shown[-_AROUND:]]


def _words(found: dict[str, Any], full: bool, ink: _Ink) -> list[str]:
    parts: list[str] = []
    for segment in found["segments"]:
        if segment["op"] == "equal":
            text = clean(segment["a"], newlines=True)
            if not full and len(text) > 2 * _STRETCH:
                hidden = len(text) - 2 * _STRETCH
                gap = ink(_DIM, f" ... {hidden:,} unchanged characters ... ")
                text = text[:_STRETCH] + gap + text[-_STRETCH:]
            parts.append(text)
            continue
        if segment["a"]:
            parts.append(ink.gone(clean(segment["a"], newlines=True)))
        if segment["b"]:
            parts.append(ink.new(clean(segment["b"], newlines=True)))
    return "".join(parts).splitlines()
