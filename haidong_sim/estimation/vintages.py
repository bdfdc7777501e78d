"""When a figure was published, and why figures of two vintage groups may not meet."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_PUBLISHED: Final = re.compile(r"pub\. (\d{4})")
_YEAR: Final = re.compile(r"\d{4}")
_FOLLOWING_YEAR: Final = ("own", "as first", "as published annually", "mixed", "pre-7th-census")

_FIRST_PUBLIC: Final[Mapping[str, int]] = MappingProxyType(
    {"post-7th-census": 2021, "post-4th-census": 2020, "post-5th-census": 2025, "pre-4th-census": 2018}
)

_BREAKS: Final = (
    ("4th_economic_census", "the fourth economic census revised output from 2018 on and back to 2005"),
    ("5th_economic_census", "the fifth economic census revised output again"),
    ("7th_population_census", "the 2020 census re-based the resident population and its urban share"),
)


def published_in(vintage: str, year: int) -> int | None:
    """Return the calendar year in which a figure for `year` of this `vintage` was first public.

    Returns None where the record does not say, in which case no as-of selection admits the figure.
    """
    if match := _PUBLISHED.search(vintage):
        return max(int(match.group(1)), year + 1)
    for beginning, first in _FIRST_PUBLIC.items():
        if vintage.startswith(beginning):
            return max(first, year + 1)
    if vintage.startswith(_FOLLOWING_YEAR):
        return year + 1
    if match := _YEAR.search(vintage):
        return max(int(match.group()), year)
    return None


def why_apart(groups: set[str]) -> str:
    """Return the reason why figures of these vintage groups form no chain and no ratio."""
    reasons = [reason for key, reason in _BREAKS if any(group.endswith(key) for group in groups)]
    return "; ".join(reasons) or "they measure differently"
