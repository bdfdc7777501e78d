from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from haidong_sim.indicators.catalogue import catalogue

YEARS = np.arange(2020, 2036)
_QUANTILES = {"q05": -1.645, "q10": -1.282, "q25": -0.674, "q75": 0.674, "q90": 1.282, "q95": 1.645}
_STARTS = {
    "gdp_volume_index": (1.0, 0.048),
    "gdp_share_of_province": (0.171, 0.006),
    "gdp_per_capita_ratio_to_province": (0.746, 0.008),
    "urbanization_rate": (0.42, 0.02),
    "disposable_income_urban_current": (33500.0, 0.065),
    "disposable_income_rural_current": (12400.0, 0.075),
    "energy_intensity": (1.29, -0.025),
    "gdp_growth": (0.06, -0.02),
    "province_gdp_growth": (0.05, -0.02),
    "nation_gdp_growth": (0.05, -0.015),
    "primary_share": (0.151, 0.0),
    "secondary_share": (0.379, 0.0),
    "tertiary_share": (0.470, 0.0),
}


def make_frame(*, ensemble: bool, scenario: str = "plan") -> pd.DataFrame:
    """Lognormal fans in closed form: the quantiles widen with the root of time."""
    rows = []
    steps = YEARS - YEARS[0]
    for name, (start, drift) in _STARTS.items():
        known = catalogue()[name]
        median = start * np.exp(drift * steps)
        values = {"median": median}
        if ensemble:
            spread = 0.0 if name.endswith("_share") else 0.03 * np.sqrt(steps)
            values |= {key: median * np.exp(z * spread) for key, z in _QUANTILES.items()}
            values |= {"mean": median, "sd": median * spread}
        for statistic, numbers in values.items():
            rows += [
                (scenario, name, known.unit, known.price_basis, known.region, year, statistic, number)
                for year, number in zip(YEARS, numbers, strict=True)
            ]
    columns = ["scenario", "indicator", "unit", "price_basis", "region", "year", "statistic", "value"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def frame():
    return make_frame(ensemble=True)


@pytest.fixture
def one_path():
    return make_frame(ensemble=False)


def _target(target_id, indicator, status, **fields):
    row = {
        "target_id": target_id, "indicator": indicator, "status": status, "value": np.nan,
        "threshold": np.nan, "margin": np.nan, "unit": "fraction", "needed_rate": np.nan,
        "break_even_year": np.nan, "probability": np.nan, "ci_low": np.nan, "ci_high": np.nan,
        "n": 0, "method": "", "reason": "", "name_en": f"Target {target_id}", "name_zh": f"目标{target_id}",
        "theme": "economy", "binding": "expected", "deadline": 2025, "source": "plan_14fyp",
        "locator": "ch1", "comparator": "ge",
    }  # fmt: skip
    return row | fields


@pytest.fixture
def check():
    share_2030 = 0.171 * np.exp(0.06)
    index_2035 = float(np.exp(0.048 * 15))
    return pd.DataFrame(
        [
            _target(
                "share20", "gdp_share_of_province", "missed", value=share_2030, threshold=0.2,
                margin=share_2030 - 0.2, needed_rate=0.0158, probability=0.314, ci_low=0.298,
                ci_high=0.322, n=1000, deadline=2030,
            ),
            _target(
                "double", "gdp_volume_index", "met", value=index_2035, threshold=2.0,
                margin=index_2035 - 2.0, unit="dimensionless", probability=1.0, ci_low=0.996,
                ci_high=1.0, n=1000, deadline=2035,
            ),
            _target("mean_growth", "gdp_growth", "on_the_edge", value=0.0601, threshold=0.06, n=1000),
            _target(
                "beds", "hospital_beds", "pace", threshold=6.5, unit="count/(1e3 person)", theme="health"
            ),
            _target("gap", "coverage", "not_assessable", reason="no base is published", theme="health"),
        ]
    )  # fmt: skip


@pytest.fixture
def history():
    rows = [
        ("gdp_share_of_province", year, 0.15 + 0.002 * (year - 2010), "fraction", "Bulletin", "first", "high")
        for year in range(2010, 2020)
    ]
    rows.append(("gdp_share_of_province", 2021, 0.166, "fraction", "Bulletin", "revised", "low"))
    rows.append(("gdp_share_of_province", 2000, 16.6, "percent", "Wrong unit", "revised", "high"))
    return pd.DataFrame(
        rows, columns=["indicator", "year", "value", "unit", "source", "vintage", "confidence"]
    )
