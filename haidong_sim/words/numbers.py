"""Numbers as a reader sees them: fractions as percent, thousands grouped, no false digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from haidong_sim.words.language import label, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.words.language import Language

FRACTION_UNITS = frozenset({"fraction", "fraction per year"})
_PERCENT_UNITS = FRACTION_UNITS | {"percent"}
_MINUS = "\u2212"
MISSING = "–"
_NOTHING = 1e-9  # what is left of a difference of equals
COMPARATOR_SIGNS = {
    "ge": "≥ ",
    "gt": "> ",
    "le": "≤ ",
    "lt": "< ",
    "approx": "≈ ",
    "eq": "= ",
    "multiple_of_base": "≥ ",
    "rank_above": "> ",
    "sync_with": "≈ ",
}
"""Signs of the comparators that one number states; the others are worded by the target's own name."""


def is_missing(value: float | None) -> bool:
    """Whether there is no number to show: None, NaN or infinite."""
    return value is None or not math.isfinite(value)


def shown_value(value: float, unit: str) -> float:
    """Return the number in the unit shown: percent for a fraction, otherwise unchanged."""
    return value * 100.0 if unit in FRACTION_UNITS else value


def _decimals(size: float) -> int:
    if size >= 1000 or size < _NOTHING:
        return 0
    return 1 if size >= 10 else 2 if size >= 0.1 else 3


def _grouped(value: float, decimals: int, *, signed: bool = False) -> str:
    text = f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0.0:
        text = text.lstrip("+-")
    return text.replace("-", _MINUS)


def format_number(value: float | None, unit: str) -> str:
    """Return a computed number without its unit, except that a percentage carries its sign.

    Examples
    --------
    >>> format_number(0.1712, "fraction"), format_number(20066.0, "CNY")
    ('17.1%', '20,066')
    """
    if value is None or is_missing(value):
        return MISSING
    shown = shown_value(value, unit)
    if unit in _PERCENT_UNITS:
        return f"{_grouped(shown, 1)}%"
    return _grouped(shown, _decimals(abs(shown)))


def format_threshold(value: float | None, unit: str) -> str:
    """Return a number of a document as it is printed there, with no decimals that it does not have.

    A threshold that is itself computed, such as the growth of the province, is rounded.

    Examples
    --------
    >>> format_threshold(0.2, "fraction"), format_threshold(2.75, "count/(1e3 person)")
    ('20%', '2.75')
    """
    if value is None or is_missing(value):
        return MISSING
    shown = shown_value(value, unit)
    printed = len(f"{shown:.10g}".partition(".")[2])
    decimals = printed if printed <= 2 else max(2, _decimals(abs(shown)))
    return _grouped(shown, decimals) + ("%" if unit in _PERCENT_UNITS else "")


def format_value(value: float | None, unit: str, lang: Language) -> str:
    """Return a computed number with its unit in words, "20,066 CNY" or "20,066 元"."""
    return _with_unit(format_number(value, unit), value, unit, lang)


def format_threshold_value(value: float | None, unit: str, lang: Language) -> str:
    """Return a printed number with its unit in words."""
    return _with_unit(format_threshold(value, unit), value, unit, lang)


def _with_unit(text: str, value: float | None, unit: str, lang: Language) -> str:
    if value is None or is_missing(value) or unit in _PERCENT_UNITS | {"dimensionless", "rank"}:
        return text
    words = label("unit", unit, lang)
    # "533 × 10,000 kW" says what "533 10,000 kW" garbles
    return f"{text} × {words}" if words[:1].isdigit() else f"{text} {words}"


def threshold_text(row: Mapping[str, Any], lang: Language) -> str:
    """Return comparator and threshold of a target with its unit, "≥ 20%"; a dash if no number is stated.

    Of a row with `threshold`, `unit`, `comparator`, and `threshold_high` for the upper end of a range.
    """
    if is_missing(row["threshold"]):
        return MISSING
    unit = str(row["unit"])
    if not is_missing(row.get("threshold_high")):
        low = format_threshold(row["threshold"], unit)
        return f"{low} – {format_threshold_value(row['threshold_high'], unit, lang)}"
    sign = COMPARATOR_SIGNS.get(str(row.get("comparator", "")), "")
    return sign + format_threshold_value(row["threshold"], unit, lang)


def format_margin(value: float | None, unit: str, lang: Language) -> str:
    """Return a signed gap in natural units; the gap between two percentages is in percentage points."""
    if value is None or is_missing(value):
        return MISSING
    shown = shown_value(value, unit)
    if unit in _PERCENT_UNITS:
        return f"{_grouped(shown, 1, signed=True)} {say(lang, 'pp', '个百分点')}"
    return _grouped(shown, _decimals(abs(shown)), signed=True)


def format_change(value: float | None, unit: str, lang: Language) -> str:
    """Return a yearly change in natural units, "+0.29 pp a year"; a share moves in percentage points."""
    if value is None or is_missing(value):
        return MISSING
    shown = shown_value(value, unit)
    points = say(lang, " pp", " 个百分点") if unit in _PERCENT_UNITS else ""
    text = _grouped(shown, 2 if points else _decimals(abs(shown)), signed=True)
    return say(lang, f"{text}{points} a year", f"每年 {text}{points}")


def format_rate(value: float | None, lang: Language) -> str:
    """Return a yearly rate given as a fraction ("1.58% a year")."""
    if value is None or is_missing(value):
        return MISSING
    number = f"{_grouped(value * 100.0, 2)}%"
    return say(lang, f"{number} a year", f"每年 {number}")


def format_year(value: float | None) -> str:
    """Return a calendar year without a thousands mark; a fractional crossing counts in the year it ends."""
    return MISSING if value is None or is_missing(value) else str(math.ceil(value - 1e-9))


def format_probability(value: float | None, n: float | None = None) -> str:
    """Return a probability in percent; a count of zero or of all `n` draws is a bound, never 0% or 100%.

    Examples
    --------
    >>> format_probability(0.0, 1000), format_probability(1.0, 1000), format_probability(0.314)
    ('<1/1,000', '>999/1,000', '31.4%')
    """
    if value is None or is_missing(value):
        return MISSING
    if n is not None and not is_missing(n) and n > 0:
        if value <= 0.0:
            return f"<1/{int(n):,}"
        if value >= 1.0:
            return f">{int(n) - 1:,}/{int(n):,}"
    return f"{_percent_digits(value)}%"


def format_interval(low: float | None, high: float | None) -> str:
    """Return an interval of probabilities in percent, "[29.8–32.2%]", or nothing if it is not known."""
    if low is None or high is None or is_missing(low) or is_missing(high):
        return ""
    return f"[{_percent_digits(low)}–{_percent_digits(high)}%]"


def _percent_digits(value: float) -> str:
    """Give one decimal, and more near 0 and 1, where one decimal would print a certainty."""
    shown = value * 100.0
    distance = min(shown, 100.0 - shown)
    if distance <= 0.0:
        return f"{shown:.0f}"
    decimals = 1 if distance >= 0.1 else min(6, 1 - math.floor(math.log10(distance)))
    return f"{shown:.{decimals}f}"
