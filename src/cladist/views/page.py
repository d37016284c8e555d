"""The page of the report: one HTML file with its styles and pictures inside, no script.

Everything that is not marked as finished HTML is cleaned of control characters and escaped, in
one place: no template can forget it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from cladist.views import numbers, theme
from cladist.views.terminal import clean

if TYPE_CHECKING:
    from jinja2 import Environment

#: What the page may load: nothing; what it may do: show its own styles.
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)

#: A percentage is not broken before its sign.
_PERCENT: Final = re.compile(r"(?<=\d) %")


@dataclass(frozen=True)
class Context:
    """Everything that the template prints.

    ``headlines``, ``cards``, ``sections`` and ``accounts`` come from ``cladist.report``.
    """

    name: str
    simulated: bool
    dates: str
    coverage: str
    version: str
    digest: str
    seed: int
    headlines: Sequence[Any]
    cards: Sequence[Any]
    missing: Sequence[str]
    sections: Sequence[Any]
    accounts: Sequence[Any]
    sources: Markup
    counts: Sequence[Markup]
    balance: Mapping[str, Any]
    versions: Mapping[str, str]
    replicated: bool


def render(context: Context) -> str:
    """Return the page."""
    template = environment().get_template("report.html.j2")
    return template.render(r=context, policy=POLICY, dark=DARK)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the Jinja environment of the package: escaping always on, nothing undefined."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("cladist", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["count"] = numbers.count
    return found


def _finalize(value: Any) -> Any:
    """Clean every text that is not finished HTML; the environment escapes it afterwards."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _PERCENT.sub("\u00a0%", clean(value))


#: Colour of a chart in the light theme -> in the dark one.
DARK: Final = {
    theme.INK: "#ECEFF3",
    theme.INK2: "#AEB6C2",
    theme.INK3: "#8E97A4",
    theme.LINE: "#2E343D",
    theme.PANEL: "#1B1F26",
    theme.ACCENT: "#7FB0FF",
    theme.NEUTRAL: "#69717D",
    "#3D6DF5": "#A3B9FF",
    "#E47C0D": "#FED186",
    "#005131": "#7DF6EE",
    "#B11F92": "#E2919C",
    "#490065": "#B553DA",
    "#95730D": "#F9D588",
    "#1C94E2": "#8FC8F6",
    "#832E00": "#E48E58",
}
