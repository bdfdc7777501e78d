"""Targets by name: a row of the registry, or a question of one's own in a line of text."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import ScenarioError, nearest, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.place import PRICE_BASES
from haidong_sim.questions.compiling import is_without_energy, questions_of
from haidong_sim.questions.kinds import KINDS
from haidong_sim.units import convert, is_convertible
from haidong_sim.words import FRACTION_UNITS, units_by_label

if TYPE_CHECKING:
    from haidong_sim.place import Registry
    from haidong_sim.questions.question import Direction, Question
    from haidong_sim.scenario import Scenario

_SIGNS: Final[dict[str, Direction]] = {">=": 1, ">": 1, "<=": -1, "<": -1, "=": 0}
_NUMBER: Final = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][-+]?\d+)?"
_LINE: Final = re.compile(
    rf"(?P<subject>[^<>=;]*?) ?(?P<sign>>=|<=|>|<|=) ?(?P<number>{_NUMBER}) ?(?P<unit>[^;±]*?)"
    rf"(?: ?± ?(?P<tolerance>{_NUMBER}) ?(?P<tolerance_unit>[^;±]*?))?"
    r"(?: ?; ?basis ?[=:] ?(?P<basis>[\w/]*))?"
)
_OTHER_SIGNS: Final = str.maketrans(
    {"≥": ">=", "≧": ">=", "⩾": ">=", "≤": "<=", "≦": "<=", "⩽": "<=", "−": "-"}
)
_LARGEST_PART, _LARGEST_RATIO = 1.0, 10.0
"""A growth rate or share, and a ratio that may exceed one, are meant in percent beyond these."""


def ask_target(text: str, registry: Registry, scenario: Scenario) -> Question:
    """Return the question of a target id, or of a line such as "gdp_share_of_province@2030>=20%".

    A line says what is measured when, a sign and a number: `indicator@2030` for a level,
    `indicator@2035/2020` for a multiple, `indicator@2021-2025` for mean growth over the years named,
    `one/other@2030` for a ratio of two levels; `>=`, `>`, `<=`, `<` or `=`, the last with `±` and a
    tolerance; a number, with thousands separators if one likes, and a unit in either language if it is not in
    the indicator's own. It may name the price basis of its number, as in
    "gdp_current@2030>=1000亿元;basis=current". Full-width signs are read like others.

    Raises
    ------
    ScenarioError
        If it is neither (the message names the closest target or indicator, and what a line is made of), a
        unit or a price basis is not the indicator's, a share is written as a percentage without its sign, or
        a year is outside the run.
    """
    line = " ".join(unicodedata.normalize("NFKC", text).translate(_OTHER_SIGNS).split())
    if not re.search(r"[@<>=]", line):
        return _registered(text.strip(), registry, scenario)
    match = _LINE.fullmatch(line)
    if match is None:
        raise ScenarioError(f"'{text}': there is not one sign with a number behind it. {_grammar()}")
    words = match.groupdict()
    words["subject"] = words["subject"].replace(" ", "").replace(":", "@")
    for role in ("", "tolerance_"):
        number, unit = words[role.rstrip("_") or "number"], words[f"{role}unit"]
        if number is not None and (not _is_number(number) or unit[:1] in {",", "."}):
            raise ScenarioError(f"'{text}': '{number}{unit}' is not a number. {_grammar()}")
    for kind in KINDS.values():
        if kind.form and (subject := re.fullmatch(kind.form, words["subject"])):
            return _question_from(kind, words, subject.groupdict(), registry, scenario)
    raise ScenarioError(f"'{text}': '{words['subject']}' is not an indicator with its years. {_grammar()}")


def _question_from(
    kind: type[Question],
    words: dict[str, Any],
    subject: dict[str, str],
    registry: Registry,
    scenario: Scenario,
) -> Question:
    line = _name_of(words)
    names: dict[str, Any] = {role: subject[role] for role in ("indicator", "reference") if role in subject}
    for name in names.values():
        if name not in catalogue():
            raise ScenarioError(unknown_name("indicator", name, catalogue()))
        if is_without_energy(name, scenario):
            raise ScenarioError(f"'{line}': scenario '{scenario.name}' has no energy table to answer it")
    if words["basis"] is not None and words["basis"] not in PRICE_BASES:
        raise ScenarioError(unknown_name("price basis", words["basis"], PRICE_BASES))
    base_year = registry.place.base_year
    first_year = int(subject["first"]) if "first" in subject else base_year
    first_year = int(subject["start"]) - 1 if "start" in subject else first_year
    last_year = int(subject["last"])
    if not base_year < last_year <= scenario.horizon:
        raise ScenarioError(f"'{line}': {last_year} is outside {base_year + 1} … {scenario.horizon}")
    if not base_year <= first_year < last_year:
        raise ScenarioError(
            f"'{line}': it counts from {first_year}, which is not in {base_year} … {last_year - 1}"
        )
    unit = kind.unit or catalogue()[names["indicator"]].unit
    is_part = kind.kind in {"level", "mean_growth"} and catalogue()[names["indicator"]].scale != "log"
    largest = _LARGEST_PART if is_part or unit == "fraction per year" else _LARGEST_RATIO
    tolerance = 0.0
    if words["tolerance"] is not None:
        if words["sign"] != "=":
            raise ScenarioError(f"'{line}': '±' stands behind '=' only. {_grammar()}")
        # "48% ± 1" is said in points of the same unit.
        tolerance = _number(line, words["tolerance"], words["tolerance_unit"] or words["unit"], unit, largest)
    return kind(
        target_id=line,
        **names,
        first_year=first_year,
        last_year=last_year,
        direction=_SIGNS[words["sign"]],
        threshold=_number(line, words["number"], words["unit"], unit, largest),
        tolerance=tolerance,
        is_strict=words["sign"] in {">", "<"},
        price_basis=words["basis"] or "",
    )


def _registered(name: str, registry: Registry, scenario: Scenario) -> Question:
    known = {question.name: question for question in questions_of(registry, scenario)}
    if name in known:
        return known[name]
    row = next((target for target in registry.targets if target.id == name), None)
    if row is not None and row.deadline > scenario.horizon:
        raise ScenarioError(f"target '{name}' is due in {row.deadline}, after the horizon {scenario.horizon}")
    if row is not None:
        reason = row.not_modelled_reason or "the scenario gives no number to reach"
        raise ScenarioError(f"target '{name}' is not projected: {reason}")
    raise ScenarioError(f"{unknown_name('projected target', name, known)}. {_grammar()}")


def _name_of(words: dict[str, Any]) -> str:
    """Return a question as its result is called: signs as they are read, no space that says nothing."""
    space = " " if words["unit"][:1].isdigit() else ""
    name = f"{words['subject']}{words['sign']}{words['number']}{space}{words['unit']}"
    if words["tolerance"] is not None:
        name += f"±{words['tolerance']}{words['tolerance_unit']}"
    return name if words["basis"] is None else f"{name};basis={words['basis']}"


def _number(line: str, text: str, word: str, unit: str, largest: float) -> float:
    """Return a number in `unit`, given in the unit that `word` names."""
    value = float(text.replace(",", ""))
    if not word:
        if unit in FRACTION_UNITS and abs(value) > largest:
            raise ScenarioError(
                f"'{line}': {value:g} would be {100 * value:g}%; "
                f"write {value:g}% or {value / 100:g} if so much is meant"
            )
        return value
    known = {unicodedata.normalize("NFKC", label): name for label, name in units_by_label().items()}
    given = known.get(word)
    if given is None:
        close = nearest(word, [label for label, name in known.items() if _fits(name, unit)])
        hint = f" Did you mean '{close}'?" if close else ""
        raise ScenarioError(f"'{line}': unknown unit '{word}'.{hint} Without one the number is in {unit}")
    if not _fits(given, unit):
        raise ScenarioError(f"'{line}': '{word}' does not measure what is asked, which is in {unit}")
    if is_convertible(given, unit):
        return convert(value, given, unit)
    return convert(value, given, "fraction")


def _fits(given: str, unit: str) -> bool:
    """Return whether a number in the unit `given` can be read in `unit`; percent is a rate or a ratio too."""
    return is_convertible(given, unit) or (
        is_convertible(given, "fraction") and unit in {"fraction per year", "dimensionless"}
    )


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def _grammar() -> str:
    examples = ", ".join(f'"{kind.example}"' for kind in KINDS.values() if kind.example)
    return (
        "A question of your own names an indicator, '@', years, a sign (>= > <= < =) and a number: "
        + examples
    )
