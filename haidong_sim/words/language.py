"""The two languages, and words for units, bases, statuses and themes from `labels.csv`."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, get_args

from haidong_sim.errors import ArgumentError, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Language = Literal["en", "zh"]
LabelKind = Literal["unit", "basis", "status", "binding", "theme", "reading", "vintage"]


@cache
def _labels() -> Mapping[tuple[str, str], Mapping[str, str]]:
    text = files(__package__).joinpath("labels.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType({(row["kind"], row["name"]): row for row in rows})


def require_language(name: str) -> Language:
    """Return `name` as a language that answers can be given in.

    Raises
    ------
    ArgumentError
        If there is no such language.
    """
    languages: tuple[Language, ...] = get_args(Language)
    for language in languages:
        if name == language:
            return language
    raise ArgumentError(unknown_name("language", str(name), languages))


def say(lang: Language, en: str, zh: str) -> str:
    """Return the one of two wordings that is in `lang`."""
    return zh if lang == "zh" else en


def label(kind: LabelKind, name: str, lang: Language) -> str:
    """Return the word shown for `name`; a name that nobody has worded is shown as it is written.

    A user's own registry may bring a theme or a unit of its own, so an unknown name is no error here.
    """
    row = _labels().get((kind, name))
    return row[lang] if row is not None else name.replace("_", " ")


@cache
def units_by_label() -> Mapping[str, str]:
    """Return the unit of every word for one, in either language, its own name included."""
    # Fractions are shown as percent: their words say so.
    shown = {"fraction": "percent", "fraction per year": "percent per year"}
    found = {
        row[language]: shown.get(name, name)
        for (kind, name), row in _labels().items()
        if kind == "unit"
        for language in ("en", "zh")
    }
    return MappingProxyType(found | {name: name for name in UNITS} | {"%": "percent"})


def indicator_label(name: str, lang: Language) -> str:
    """Return the label of an indicator of the catalogue, or the name itself if it is not there."""
    known = catalogue().get(name)
    if known is None:
        return name.replace("_", " ")
    return say(lang, known.label_en, known.label_zh)


def measure_label(unit: str, price_basis: str, lang: Language) -> str:
    """Return unit and price basis in one phrase, for an axis, a table head or a caption.

    Examples
    --------
    >>> measure_label("1e8 CNY", "current", "en")
    '100 million CNY, at current prices'
    """
    parts = [label("unit", unit, lang), label("basis", price_basis, lang)]
    return say(lang, ", ", "，").join(part for part in parts if part)


WITHOUT_SHOCKS: Final = "without_shocks"
"""Statistic of a run of one draw: the value on the path without shocks, which is no median."""


def central_statistic(statistics: Iterable[str]) -> str:
    """Return the statistic that a line goes through: the median of draws, else the path without shocks."""
    return "median" if "median" in statistics else WITHOUT_SHOCKS
