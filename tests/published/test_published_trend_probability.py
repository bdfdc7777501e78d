"""P(20% of the province by 2030) of the trend scenario beside the method notes' data-calibrated table (7.4).

The table's columns for a gap of 0 and of 0.8 percent a year, the range of what the share has done since 2014
and since 2006, with parameters plugged in: .22 and .35 from 2020, .16 and .27 from 2021, .07 and .14 from the
low-confidence figure of 2022. The scenario's gap, 0.36 percent, is between them; so should its chances be.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import haidong_sim as hs

SHARE_2030 = "a30_gdp_share_qinghai"
FROM_2020 = Path(__file__).parents[2] / "calibration" / "trend_from_2020.toml"


def logit(share):
    return math.log(share / (1 - share))


def known_to_2022():
    """The trend scenario with the share of 2022, 562.8 of 3610.1, taken as known."""
    trend = hs.load_scenario("trend")
    flat = trend.derive("without residual", {"uncertainty.deflator.start": 0.0})
    path = hs.project(flat).path
    missing = logit(562.8 / 3610.1) - logit(path["gdp_share_of_province", 2022])
    residual = logit(562.8 / 3610.1) - logit(path["gdp_share_of_province", 2021]) - 0.0036
    rest, relative = 0.05862, -0.01248
    prices = {2021: 0.00747, 2022: (1 + rest) * (1 + relative) * math.exp(missing) - 1}
    changes = {"known_until": 2022, "paths.deflator.years": prices, "uncertainty.deflator.start": residual}
    return trend.derive("to 2022", changes)


def test_the_median_path_goes_through_what_is_published():
    path = hs.project("trend").path
    assert path["gdp_share_of_province", 2021] == pytest.approx(554.71 / 3346.63, abs=1e-4)
    assert hs.project(known_to_2022()).path["gdp_share_of_province", 2022] == pytest.approx(
        562.8 / 3610.1, abs=1e-4
    )
    for year, growth in {2021: 0.057, 2022: 0.023, 2023: 0.053, 2024: 0.027, 2025: 0.041}.items():
        assert path["province_gdp_growth", year] == pytest.approx(growth, abs=1e-3)


@pytest.mark.parametrize(
    ("origin", "low", "high"), [("2020", 0.22, 0.35), ("2021", 0.16, 0.27), ("2022", 0.07, 0.14)]
)
def test_chance_of_a_fifth(origin, low, high):
    scenario = {"2020": FROM_2020, "2021": "trend", "2022": None}[origin] or known_to_2022()
    chance = hs.attainment_probability(scenario, SHARE_2030, se=5e-4, rng=1)
    assert chance.method.startswith("directional conditioning")
    assert low < chance.ci_low
    assert chance.ci_high < high


def test_scenarios_are_in_order():
    chances = [
        hs.attainment_probability(name, SHARE_2030, se=1e-3, rng=2).probability
        for name in ("trend", "low", "plan", "high")
    ]
    assert chances == sorted(chances)
