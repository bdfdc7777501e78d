"""The languages that an answer can be given in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haidong_sim.errors import HaidongSimError, unknown_name

if TYPE_CHECKING:
    from haidong_sim.indicators.labels import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")


def require_language(name: str) -> Language:
    """Return `name` as a language.

    Raises
    ------
    HaidongSimError
        If there is no such language.
    """
    for language in LANGUAGES:
        if name == language:
            return language
    raise HaidongSimError(unknown_name("language", name, LANGUAGES))
