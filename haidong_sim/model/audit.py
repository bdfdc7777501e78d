"""Do the quantities of a year fit together? The identities of METHOD 1.4, asked on demand and in the tests.

Every identity is computed anew from what two neighbouring years hold: one side as the model reports it, the
other from its parts. The energy block keeps its own list (`energy.audit`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from haidong_sim.axes import SECTORS
from haidong_sim.indicators import evaluate_formulas, order_formulas
from haidong_sim.model.energy import check_energy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from haidong_sim.model.arrays import Year
    from haidong_sim.model.start import Parameters

Pair: TypeAlias = tuple[str, Any, Any]
"""An identity in words, what the model reports, and the same from its parts."""

_DERIVED: Final = (
    "gdp_growth",
    "gdp_deflator",
    *(f"{sector}_share" for sector in SECTORS),
    "province_gdp_growth",
    "gdp_share_of_province",
    "gdp_per_capita_current",
    "gdp_constant_per_capita",
    "province_gdp_per_capita_current",
    "gdp_per_capita_ratio_to_province",
    "province_urbanization_rate",
    "urban_core_population",
    "labour_productivity",
    "disposable_income_current",
    "disposable_income_rural_current",
    "disposable_income_urban_current",
    "survey_urban_weight",
    "household_income_share_of_gdp",
)
_SHARES: Final = (
    "gdp_share_of_province",
    *(f"{sector}_share" for sector in SECTORS),
    "urbanization_rate",
    "province_urbanization_rate",
    "survey_urban_weight",
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An identity that does not hold in a year: by how much at worst, and in how many draws."""

    identity: str
    year: int
    worst: float
    draws: int


def audit_year(
    previous: Year, current: Year, parameters: Parameters, *, year: int, tolerance: float = 1e-10
) -> list[Finding]:
    """Return the identities that `year` violates; none is the expected answer.

    Parameters
    ----------
    previous, current
        Two neighbouring years as the year loop holds them, shape (draw,) or floats.
    parameters
        Those of the run; they say where the price base switches.
    year
        Calendar year of `current`.
    tolerance
        Relative; 1e-10 for float64, about 1e-5 for float32.

    Returns
    -------
    list of Finding
        Those of the energy block at the end. A non-fossil share outside (0, 1) is among them: an exporter of
        clean power passes one when it is attributed to production.
    """
    before, now = _with_indicators(previous), _with_indicators(current)
    is_switch = parameters.is_switch(year)
    findings = [
        finding
        for check in (_production, _prices, _population, _income)
        for identity, reported, rebuilt in check(before, now, is_switch)
        if (finding := _unequal(identity, year, reported, rebuilt, tolerance)) is not None
    ]
    findings += _outside(now, year)
    if parameters.energy is not None:
        findings += [
            Finding(identity=energy.identity, year=energy.year, worst=energy.worst, draws=energy.draws)
            for energy in check_energy(current, parameters.energy, year=year, tolerance=tolerance)
        ]
    return findings


def _with_indicators(year: Year) -> dict[str, Any]:
    held = dict(year)
    evaluate_formulas(order_formulas(_DERIVED, held), held)
    return held


def _production(before: Mapping[str, Any], now: Mapping[str, Any], is_switch: bool) -> Iterator[Pair]:  # noqa: FBT001  one signature for all lists
    """I4 and the chain: growth of the whole from the parts at the weights of the price base (METHOD 1.3)."""
    start = {s: before[f"value_added_{s}_current" if is_switch else f"volume_{s}"] for s in SECTORS}
    whole = sum(start.values())
    growth = {s: now[f"volume_{s}"] / start[s] - 1.0 for s in SECTORS}
    contributions = sum(start[s] / whole * growth[s] for s in SECTORS)
    yield "1 + growth = weighted sector growth", 1.0 + now["gdp_growth"], 1.0 + contributions
    yield "volumes of the sectors = volume", now["volume"], sum(now[f"volume_{s}"] for s in SECTORS)
    index = before["gdp_volume_index"] * (1.0 + now["gdp_growth"])
    yield "volume index chains", now["gdp_volume_index"], index
    for s in SECTORS:
        chained = before[f"value_added_{s}_constant"] * (1.0 + growth[s])
        yield f"{s} value added at base-year prices chains", now[f"value_added_{s}_constant"], chained
    rest = before["rest_of_province_gdp_current" if is_switch else "volume_rest_of_province"]
    province = (now["volume"] + now["volume_rest_of_province"]) / (whole + rest)
    yield "province grows as city and rest together", 1.0 + now["province_gdp_growth"], province


def _prices(before: Mapping[str, Any], now: Mapping[str, Any], _: bool) -> Iterator[Pair]:  # noqa: FBT001  one signature for all lists
    """I1, I2, I3, I5 and the share on the logit scale."""
    parts = sum(now[f"value_added_{s}_current"] for s in SECTORS)
    yield "sectors = GDP", now["gdp_current"], parts
    yield "shares of the sectors = 1", 1.0, sum(now[f"{s}_share"] for s in SECTORS)
    city, rest = now["gdp_current"], now["rest_of_province_gdp_current"]
    yield "city and rest = province", now["province_gdp_current"], city + rest
    valued = now["base_gdp_current"] * now["gdp_volume_index"] * now["gdp_deflator"]
    yield "base GDP × volume × deflator = GDP", now["gdp_current"], valued
    city_before, rest_before = before["gdp_current"], before["rest_of_province_gdp_current"]
    odds = city_before / rest_before * (city / city_before) / (rest / rest_before)
    share = now["gdp_share_of_province"]
    yield "odds of the share move with city over rest", share / (1.0 - share), odds


def _population(before: Mapping[str, Any], now: Mapping[str, Any], _: bool) -> Iterator[Pair]:  # noqa: FBT001  one signature for all lists
    """I6, I7, I10 with average populations."""
    for name, average in (
        ("resident_population", "average_population"),
        ("province_resident_population", "average_province_population"),
        ("employment_year_end", "employment"),
    ):
        yield f"{average} = mean of two year ends", now[average], (before[name] + now[name]) / 2.0
    ratio = now["gdp_per_capita_current"] / now["province_gdp_per_capita_current"]
    yield "ratio per head = share of GDP over share of people", now["gdp_per_capita_ratio_to_province"], ratio
    rural = now["resident_population"] * (1.0 - now["urbanization_rate"])
    yield "urban and rural = residents", now["resident_population"], now["urban_population"] + rural
    output = now["labour_productivity"] * now["employment"]
    yield "productivity × employment = GDP", now["gdp_constant"], output
    product = now["gdp_constant_per_capita"] * now["average_population"] / 1e4
    yield "GDP per head × people = GDP", now["gdp_constant"], product


def _income(_: Mapping[str, Any], now: Mapping[str, Any], __: bool) -> Iterator[Pair]:  # noqa: FBT001  one signature for all lists
    """I8 and I9, and the mass of income."""
    weight = now["survey_urban_weight"]
    urban, rural = now["disposable_income_urban_current"], now["disposable_income_rural_current"]
    yield (
        "weighted incomes = income",
        now["disposable_income_current"],
        weight * urban + (1.0 - weight) * rural,
    )
    yield "urban income = ratio × rural income", urban, now["urban_rural_income_ratio"] * rural
    mass = now["household_income_share_of_gdp"] * now["gdp_per_capita_current"]
    yield "share of GDP × GDP per head = income", now["disposable_income_current"], mass


def _outside(now: Mapping[str, Any], year: int) -> list[Finding]:
    """I16 and I17: what must lie inside its bounds."""
    found = []
    for name in _SHARES:
        share = np.asarray(now[name])
        inside = (share > 0.0) & (share < 1.0)
        found.append((f"0 < {name} < 1", inside, np.abs(share - 0.5) - 0.5))
    core, urban = np.asarray(now["urban_core_population"]), np.asarray(now["urban_population"])
    found.append(("0 ≤ urban core ≤ urban", (core >= 0.0) & (core <= urban), np.maximum(-core, core - urban)))
    return [
        Finding(
            identity=identity, year=year, worst=float(np.max(excess)), draws=int(np.count_nonzero(~inside))
        )
        for identity, inside, excess in found
        if not inside.all()
    ]


def _unequal(identity: str, year: int, reported: Any, rebuilt: Any, tolerance: float) -> Finding | None:
    left, right = np.asarray(reported), np.asarray(rebuilt)
    difference = np.abs(left - right) / np.maximum(np.abs(right), 1e-300)
    # A NaN compares false: ask for what holds, so that it counts as a violation.
    violated = ~(difference <= tolerance)
    if not violated.any():
        return None
    return Finding(
        identity=identity, year=year, worst=float(np.max(difference)), draws=int(np.count_nonzero(violated))
    )
