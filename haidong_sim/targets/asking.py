"""Targets by name: a row of the registry, or a question of one's own in a line of text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import ScenarioError, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.registry.vocabulary import PRICE_BASES
from haidong_sim.targets.compiling import functionals_of, is_without_energy
from haidong_sim.targets.functionals import Functional

if TYPE_CHECKING:
    from haidong_sim.registry import Registry
    from haidong_sim.scenario import Scenario

_QUESTION: Final = re.compile(
    r"^\s*(?P<name>\w+)\s*@\s*(?P<year>\d{4})\s*(?P<sign>>=|<=|>|<)\s*(?P<value>[-+.\deE]+)\s*(?P<percent>%?)\s*"
    r"(?:;\s*basis\s*=\s*(?P<basis>[\w/]+)\s*)?$"
)


def ask_target(text: str, registry: Registry, scenario: Scenario) -> Functional:
    """Return the functional of a target id, or of a question such as "gdp_share_of_province@2030>=20%".

    A question may name the price basis of its number, as in "gdp_current@2030>=1000;basis=current".

    Raises
    ------
    ScenarioError
        If it is neither (the message names the closest target or indicator), or the price basis named is
        not the indicator's own.
    """
    found = _QUESTION.match(text)
    if found is None:
        known = {functional.name: functional for functional in functionals_of(registry, scenario)}
        if text in known:
            return known[text]
        raise ScenarioError(
            unknown_name("projected target", text, known)
            + '. A question of your own reads like "gdp_share_of_province@2030>=20%"'
        )
    name, year = found["name"], int(found["year"])
    if name not in catalogue():
        raise ScenarioError(unknown_name("indicator", name, catalogue()))
    if is_without_energy(name, scenario):
        raise ScenarioError(f"'{text}': scenario '{scenario.name}' has no energy table to answer it")
    if found["basis"] and found["basis"] not in PRICE_BASES:
        raise ScenarioError(unknown_name("price basis", found["basis"], PRICE_BASES))
    base_year = registry.place.base_year
    if not base_year < year <= scenario.horizon:
        raise ScenarioError(f"'{text}': {year} is outside {base_year + 1} … {scenario.horizon}")
    return Functional(
        target_id=text.replace(" ", ""),
        kind="level",
        sense="at_least" if found["sign"].startswith(">") else "at_most",
        indicator=name,
        first_year=base_year,
        last_year=year,
        threshold=float(found["value"]) / (100.0 if found["percent"] else 1.0),
        is_strict=len(found["sign"]) == 1,
        price_basis=found["basis"] or "",
    )
