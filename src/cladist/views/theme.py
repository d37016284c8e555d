"""Colours, type and axes of the charts: the light theme of the explorer and the report.

Each palette keeps its colours apart for normal, deutan, protan and tritan vision (least
distance in OKLab, times 100: relation 15.5, licence family 13.4, task 10.6); several fills are
under 3:1 against paper, so text never takes their colour and a label always stands beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

PAPER: Final = "#FBFAF8"
PANEL: Final = "#FFFFFF"
INK: Final = "#1B1F24"
INK2: Final = "#56606B"
INK3: Final = "#66707C"
LINE: Final = "#E2DFD9"
ACCENT: Final = "#1F5FBF"
NEUTRAL: Final = "#A3A9B2"
WITH: Final = "#1F5FBF"
AGAINST: Final = "#E47C0D"

FONT: Final = 'system-ui, -apple-system, "Segoe UI", Inter, "DejaVu Sans", sans-serif'
#: Shipped inside vl-convert: what text is measured with, so that a layout never depends on the
#: fonts of a machine.
MEASURE_FONT: Final = "Liberation Sans"

#: Palette -> value -> (word in the legend, colour). The order is the order of legends.
PALETTES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "relation": {
        "all": ("all", INK),
        "finetune": ("fine-tune", "#3D6DF5"),
        "adapter": ("adapter", "#E47C0D"),
        "quantized": ("quantized", "#005131"),
        "merge": ("merge", "#B11F92"),
        "conversion": ("conversion", "#490065"),
        "unknown": ("not stated", NEUTRAL),
    },
    "verdict": {
        "directed": ("directed", ACCENT),
        "directed,-not-beyond-the-margins": ("directed, not beyond the margins", "#5A97E6"),
        "no-direction-shown": ("no direction shown", INK),
        "too-few-lineages": ("too few lineages", NEUTRAL),
    },
    "license": {
        "permissive": ("permissive", "#314C7D"),
        "share-alike": ("share-alike", "#058879"),
        "use-restricted": ("use-restricted", "#E39938"),
        "non-commercial": ("non-commercial", "#D74611"),
        "vendor": ("vendor terms", "#9350D4"),
        "other": ("other", "#832E00"),
        "unstated": ("not stated", NEUTRAL),
    },
    "task": {
        "text-generation": ("text generation", "#2760E4"),
        "text-understanding": ("text understanding", "#1C94E2"),
        "text-to-text": ("text-to-text", "#005E23"),
        "audio": ("audio", "#95730D"),
        "image-generation": ("image generation", "#9E386C"),
        "image-understanding": ("image understanding", "#CE5881"),
        "multimodal": ("multimodal", "#641CA3"),
        "other": ("other", "#E28F4A"),
        "unstated": ("not stated", NEUTRAL),
    },
}
_OTHER_NAMES: Final = {
    "fine-tune": "finetune",
    "vendor-terms": "vendor",
    "not-stated": "unstated",
    "unknown-licence": "unstated",
    "restricted": "use-restricted",
    "copyleft": "share-alike",
    "noncommercial": "non-commercial",
}
_PALETTE_NAMES: Final = {"licence": "license", "license_family": "license", "pipeline_tag": "task"}
#: For groups that no palette names: the accent first, then the colours of relations.
SERIES: Final = (
    ACCENT,
    "#E47C0D",
    "#005131",
    "#B11F92",
    "#490065",
    "#95730D",
    "#1C94E2",
    "#832E00",
)

#: Numbers on an axis as ``numbers.short`` writes them.
SHORT_AXIS: Final = (
    "abs(datum.value) >= 999500000 ? format(datum.value / 1e9, '.3~g') + ' G' : "
    "abs(datum.value) >= 999500 ? format(datum.value / 1e6, '.3~g') + ' M' : "
    "abs(datum.value) >= 9995 ? format(datum.value / 1e3, '.3~g') + ' k' : "
    "format(datum.value, abs(datum.value) >= 1000 ? ',.0f' : '.6~g')"
)
PERCENT_AXIS: Final = "format(datum.value * 100, '.4~g') + ' %'"


def palette_entry(palette: str, value: str) -> tuple[str, str] | None:
    """Return the word and the colour of a value in a palette, None where it has none."""
    known = PALETTES.get(_PALETTE_NAMES.get(palette, palette), {})
    key = value.lower().replace("_", "-").replace(" ", "-")
    return known.get(key) or known.get(_OTHER_NAMES.get(key, key))


def group_style(palette: str, values: Sequence[str]) -> list[tuple[str, str]]:
    """Return the word and the colour of every group, in the order given.

    Values that the palette does not name keep their own word, with the next free colour of
    :data:`SERIES`, or the neutral one when all are used.
    """
    named = [palette_entry(palette, v) for v in values]
    used = {entry[1] for entry in named if entry}
    free = iter([c for c in SERIES if c not in used])
    return [e or (v, next(free, NEUTRAL)) for e, v in zip(named, values, strict=True)]


def palette_order(palette: str, values: Sequence[str]) -> list[str]:
    """Return values in the order of their palette, those it does not name last, as they came."""
    known = list(PALETTES.get(_PALETTE_NAMES.get(palette, palette), {}))

    def place(value: str) -> int:
        key = value.lower().replace("_", "-").replace(" ", "-")
        key = _OTHER_NAMES.get(key, key)
        return known.index(key) if key in known else len(known)

    return sorted(values, key=place)


def config(font: str = FONT) -> dict[str, Any]:
    """Return the Vega-Lite configuration of the house."""
    text = {"font": font, "fill": INK2}
    return {
        "aria": False,
        "background": "transparent",
        "font": font,
        "view": {"stroke": None},
        "title": {
            "font": font,
            "color": INK,
            "fontSize": 14,
            "fontWeight": 600,
            "anchor": "start",
            "frame": "bounds",
            "offset": 10,
            "subtitleFont": font,
            "subtitleColor": INK3,
            "subtitleFontSize": 11.5,
            "subtitlePadding": 4,
            "lineHeight": 18,
            "subtitleLineHeight": 15,
        },
        "axis": {
            "labelFont": font,
            "titleFont": font,
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "labelColor": INK2,
            "titleColor": INK3,
            "gridColor": LINE,
            "gridWidth": 1,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
            "titlePadding": 6,
            "labelLimit": 0,
            "labelOverlap": "greedy",
        },
        "text": {**text, "fontSize": 11},
        "bar": {"cornerRadius": 0},
    }
