"""How a path's numbers read in one line of text."""

from __future__ import annotations


def percent(fraction: float) -> str:
    """Return a fraction as a percentage with one decimal, or two where they say more ('4.1 %', '6.25 %')."""
    text = f"{100.0 * fraction:.2f}"
    return f"{text.removesuffix('0')} %"


def amount(value: float, *, is_level: bool) -> str:
    """Return a level as a plain number, a rate as '6.0 %/yr'."""
    return f"{value:g}" if is_level else f"{percent(value)}/yr"


def enclosed(text: str) -> str:
    """Put a description that has parts of its own in brackets."""
    return f"({text})" if ", " in text or " + " in text else text
