"""Numbers and dates in the words of the house: ``61,895``, ``1.5 M``, ``19.1 %``, ``5 May 2024``.

One place for them, so that tables, charts, the report and the web agree.
"""

from __future__ import annotations

import datetime as dt
from math import floor, isfinite, log10
from typing import Final

_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
MISSING: Final = "–"


def count(value: float) -> str:
    """Return a count with thousands separators.

    Examples
    --------
    >>> count(61895)
    '61,895'
    """
    return f"{value:,.0f}" if isfinite(value) else MISSING


def plural(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "family", "families"), plural(7265, "family", "families")
    ('1 family', '7,265 families')
    """
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def short(value: float) -> str:
    """Return a number for an axis or a narrow label: three digits at most from ten thousand on.

    Examples
    --------
    >>> short(9500), short(10_000), short(1_500_000)
    ('9,500', '10 k', '1.5 M')
    """
    if not isfinite(value):
        return MISSING
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit * (10 if unit == 1e3 else 1) * 0.99995:
            scaled = value / unit
            return f"{scaled:.0f} {name}" if abs(scaled) >= 100 else f"{scaled:.3g} {name}"
    return count(value) if value == int(value) else real(value)


def percent(share: float, decimals: int = 1) -> str:
    """Return a share of one as a percentage.

    Examples
    --------
    >>> percent(0.1912)
    '19.1 %'
    """
    if not isfinite(share):
        return MISSING
    least = 10.0**-decimals
    if 0 < 100 * share < least / 2:
        return f"<{least:.{decimals}f} %"
    return f"{100 * share:.{decimals}f} %"


def decimals_for(largest: float) -> int:
    """Return how many decimals keep about three digits of a number of this size."""
    if not isfinite(largest) or largest == 0:
        return 3
    return min(max(2 - floor(log10(abs(largest))), 0), 3)


def real(value: float, decimals: int | None = None) -> str:
    """Return a real number with about three digits; tiny ones keep two in powers of ten.

    Examples
    --------
    >>> real(0.4213), real(1234.5), real(0.00004)
    ('0.421', '1,234', '4e-05')
    """
    if not isfinite(value):
        return MISSING
    places = decimals_for(value) if decimals is None else decimals
    if value != 0 and abs(value) < 0.5 * 10**-places:
        return f"{value:.2g}"
    text = f"{value:,.{places}f}"
    return text[1:] if text.strip("-0.,") == "" and text.startswith("-") else text


def interval(value: float, low: float, high: float) -> str:
    """Return an estimate and its interval, as many decimals as the interval deserves.

    A bound below zero puts ``to`` between the bounds, since a dash would read as a minus.

    Examples
    --------
    >>> interval(0.42, 0.26, 0.55)
    '0.42 (0.26–0.55)'
    >>> interval(-0.04, -0.1, 0.02)
    '-0.04 (-0.10 to 0.02)'
    """
    if not (isfinite(low) and isfinite(high)):
        return real(value)
    size = max(abs(low), abs(high), abs(value) if isfinite(value) else 0.0)
    base = 2 if size < 10 else 1 if size < 100 else 0
    width = abs(high - low)
    places = base if width == 0 else min(max(base, 1 - floor(log10(width))), 6)
    joint = " to " if low < 0 or high < 0 else "–"
    first = real(value, places) if isfinite(value) else MISSING
    return f"{first} ({low:,.{places}f}{joint}{high:,.{places}f})"


def date(day: dt.date) -> str:
    """Return a date as people write it; a time of day is added only where it is not midnight.

    Examples
    --------
    >>> date(dt.date(2024, 5, 5))
    '5 May 2024'
    """
    words = f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    if isinstance(day, dt.datetime) and day.time() != dt.time():
        return f"{words} {day:%H:%M}"
    return words


def month(day: dt.date) -> str:
    """Return the month of a date.

    Examples
    --------
    >>> month(dt.date(2024, 5, 1))
    'May 2024'
    """
    return f"{_MONTHS[day.month - 1]} {day.year}"
