"""The words of the page for columns, traits and relations; and sentences about numbers."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from cladist.views import numbers
from cladist.views.terminal import clip
from cladist.views.theme import PALETTES

if TYPE_CHECKING:
    import pyarrow as pa

#: Trait, field or column -> the everyday word for one of its values.
TRAIT_WORDS: Final = {
    "license": "licence",
    "pipeline_tag": "task",
    "library_name": "library",
    "datasets": "data set",
    "arxiv": "arXiv paper",
}
RELATION_WORDS: Final = {code: word for code, (word, _) in PALETTES["relation"].items()}
FEW: Final = "△ few"
_TRAIT: Final = re.compile(r"\b(" + "|".join(TRAIT_WORDS) + r")\b")
_FIRST_DAY: Final = re.compile(r"^\d{4}-\d\d-01$")
_COLUMN_WORDS: Final = {
    "trait": TRAIT_WORDS,
    "field": TRAIT_WORDS,
    "relation": {**RELATION_WORDS, "all": "all"},
    "kind": {
        "self_loop": "self-loop",
        "self_loop_by_resolution": "self-loop, once ids are resolved",
        "younger_parent": "in a cycle: the parent is younger",
        "feedback": "in a cycle: fewest pairs cut",
    },
    "month": {"floor": "on or before 2 Mar 2022", "unknown": "not stated"},
    "group": {"floor": "on or before 2 Mar 2022", "unknown": "date not stated"},
}


def in_words(text: str) -> str:
    """Return a sentence with traits by their everyday words, beginning with a capital.

    Examples
    --------
    >>> in_words("pipeline_tag changes most often")
    'Task changes most often'
    """
    said = _TRAIT.sub(lambda m: TRAIT_WORDS[m[1]], text)
    said = re.sub(r"(\d)%", r"\1 %", said)
    return said if said.startswith("arXiv") else said[:1].upper() + said[1:]


def short_pair(source: str, target: str, length: int = 26) -> str:
    """Return ``source → target`` that fits beside a bar, both ends cut alike.

    Examples
    --------
    >>> short_pair("feature-extraction", "text-classification")
    'feature-ex… → text-class…'
    """
    ends = [clip(source, 200), clip(target, 200)]
    room = length - 3
    short = min(len(e) for e in ends)
    least = max(room - short, room // 2)
    cut = [clip(e, min(len(e), max(least, 2))) for e in ends]
    if sum(map(len, cut)) > room:
        cut = [clip(ends[0], room // 2), clip(ends[1], room - room // 2)]
    return " → ".join(cut)


def worded(table: pa.Table, *columns: str) -> pa.Table:
    """Return a table whose codes in the named columns (all known ones if none) are words."""
    import pyarrow as pa

    for name in columns or tuple(_COLUMN_WORDS):
        if name in table.column_names and pa.types.is_string(table.schema.field(name).type):
            words = _COLUMN_WORDS[name]
            values = [words.get(v, _month(v)) for v in table.column(name).to_pylist()]
            place = table.column_names.index(name)
            table = table.set_column(place, name, pa.array(values, pa.string()))
    return table


def _month(value: str | None) -> str | None:
    """Return a month as people write it; anything else stays."""
    if value is not None and _FIRST_DAY.match(value):
        return numbers.month(dt.date.fromisoformat(value))
    return value


def marked(table: pa.Table) -> pa.Table:
    """Return a table whose flag ``few_lineages`` is a mark that stands out."""
    import pyarrow as pa

    if "few_lineages" not in table.column_names:
        return table
    marks = [FEW if v else "" for v in table.column("few_lineages").to_pylist()]
    place = table.column_names.index("few_lineages")
    return table.set_column(place, "few_lineages", pa.array(marks, pa.string()))


def day(text: str | None) -> str:
    """Return an ISO day as people write it."""
    return numbers.date(dt.date.fromisoformat(text[:10])) if text else ""


def dates_read(observed: tuple[str | None, str | None]) -> str:
    """Say when the hub was read."""
    first, last = day(observed[0]), day(observed[1])
    if not first and not last:
        return "date of reading not stated"
    return f"read {first or last}" if first == last or not (first and last) else (
        f"read {first} to {last}"
    )  # fmt: skip


def coverage_in_words(coverage: str) -> str:
    """Return the sentence on coverage so that it stands by itself."""
    return f"coverage {coverage}" if coverage.startswith("not stated") else coverage


def share(part: float, whole: float, decimals: int = 1) -> str:
    """Return a share in words; a dash where there is no whole."""
    return numbers.percent(part / whole, decimals) if whole else numbers.MISSING
