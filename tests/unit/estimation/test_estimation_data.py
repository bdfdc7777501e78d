"""The data layer refuses what may not be mixed, and says what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import AR1Prior, estimate_ar1, estimate_local_level
from haidong_sim.estimation.changes import (
    Changes,
    difference,
    log_changes,
    logit_changes,
    published_growth,
    ratio,
    stack,
)
from haidong_sim.estimation.data import (
    SERIES_COLUMNS,
    published_in,
    read_series,
    require_series,
    select_sample,
    with_own_series,
)
from haidong_sim.estimation.declaration import missing_series
from haidong_sim.estimation.dependence import OneFactor, estimate_one_factor, harman_jones_1966, zellner_1962
from haidong_sim.estimation.energy import intensity_changes
from haidong_sim.estimation.gaps import PeriodGap, estimate_real_gap, estimate_share_gap
from haidong_sim.estimation.inputs import load_inputs
from haidong_sim.estimation.prices import (
    Scatter,
    estimate_relative_deflator,
    implicit_deflator,
    relative_deflator,
)
from haidong_sim.estimation.tails import estimate_degrees_of_freedom
from haidong_sim.place import load_registry


def row(year, value, **other):
    plain = {
        "indicator": "gdp_current",
        "region": "city",
        "year": year,
        "value": value,
        "unit": "1e8 CNY",
        "price_basis": "current",
        "vintage": "as first published each year",
        "vintage_group": "before_4th_economic_census",
        "source": "yearbook",
        "confidence": "high",
    }
    return plain | other


@pytest.fixture
def toy():
    before = [row(year, 100.0 * 1.1 ** (year - 2010)) for year in range(2010, 2019)]
    after = [
        row(year, 90.0 * 1.05 ** (year - 2019), vintage_group="after_4th_economic_census")
        for year in range(2019, 2022)
    ]
    return require_series(pd.DataFrame([*before, *after]))


@pytest.fixture(scope="module")
def inputs():
    return load_inputs(load_registry("haidong"))


@pytest.fixture(scope="module")
def series(inputs):
    return inputs.series


def test_columns_rows_and_bases_are_reported_together(tmp_path):
    frame = pd.DataFrame(
        [row(2010, "n/k"), row("soon", 3.0, price_basis=""), row(2012, 4.0, vintage_group=" ")]
    )
    path = tmp_path / "mine.csv"
    frame.to_csv(path, index=False)
    with pytest.raises(EstimationError) as caught:
        read_series(path)
    text = str(caught.value)
    assert "4 problems" in text
    assert "value 'n/k' is not a number" in text
    assert "year 'soon' is not a number" in text
    assert "price_basis is empty; write current, comparable or n/a" in text
    assert "vintage_group is empty" in text


def test_a_missing_column_names_the_columns_needed():
    with pytest.raises(EstimationError, match="'vintage_group' is missing; needed: indicator, region"):
        require_series(pd.DataFrame([row(2010, 1.0)]).drop(columns="vintage_group"))


def test_mixed_vintages_are_refused_with_the_reason(toy):
    with pytest.raises(EstimationError, match=r"more than one vintage.*fourth economic census"):
        select_sample(toy, region="city", indicator="gdp_current")


def test_changes_are_stacked_and_the_census_year_is_left_out(toy):
    parts = [
        log_changes(select_sample(toy, region="city", indicator="gdp_current", group=group))
        for group in ("before_4th_economic_census", "after_4th_economic_census")
    ]
    both = stack(parts)
    assert both.years == (*range(2011, 2019), 2020, 2021)
    assert both.steps == pytest.approx([np.log(1.1)] * 8 + [np.log(1.05)] * 2)


def test_a_ratio_needs_one_vintage_group(toy):
    part = select_sample(toy, region="city", indicator="gdp_current", group="before_4th_economic_census")
    whole = select_sample(toy, region="city", indicator="gdp_current", group="after_4th_economic_census")
    with pytest.raises(EstimationError, match="no ratio across vintages"):
        ratio(part, whole, "share")


def test_the_registry_share_never_uses_a_level_of_another_vintage(inputs):
    changes = inputs.changes("share_gap")
    assert changes.years == (*range(2006, 2018), 2021)


def test_two_values_for_a_year_are_refused(toy):
    twice = pd.concat([toy, pd.DataFrame([row(2015, 3.0)])], ignore_index=True)
    with pytest.raises(EstimationError, match=r"two values for one year.*2015: 3"):
        select_sample(twice, region="city", indicator="gdp_current", group="before_4th_economic_census")


def test_low_confidence_must_be_named(toy):
    doubtful = pd.concat(
        [toy, pd.DataFrame([row(2022, 100.0, confidence="low", vintage_group="after_4th_economic_census")])],
        ignore_index=True,
    )
    group = "after_4th_economic_census"
    assert select_sample(doubtful, region="city", indicator="gdp_current", group=group).years[-1] == 2021
    named = select_sample(
        doubtful, region="city", indicator="gdp_current", group=group, confidence=("high", "medium", "low")
    )
    assert named.years[-1] == 2022


def test_as_of_admits_what_was_public(toy):
    sample = select_sample(
        toy, region="city", indicator="gdp_current", group="before_4th_economic_census", as_of=2015
    )
    assert sample.years[-1] == 2014


@pytest.mark.parametrize(
    ("vintage", "year", "public"),
    [
        ("as first published each year", 2014, 2015),
        ("post-5th-census (pub. 2025-2026)", 2010, 2025),
        ("post-7th-census", 2015, 2021),
        ("post-7th-census", 2023, 2024),
        ("2020", 2019, 2020),
        ("not recorded", 2000, None),
    ],
)
def test_when_a_figure_was_public(vintage, year, public):
    assert published_in(vintage, year) == public


def test_own_series_replace_and_extend(inputs):
    own = pd.DataFrame(
        [row(2022, 600.0, vintage_group="after_4th_economic_census", confidence="medium"),
         row(2023, 660.0, vintage_group="after_4th_economic_census", confidence="medium")]
    )  # fmt: skip
    changes = load_inputs(inputs.registry, own).changes("share_gap")
    assert changes.years[-3:] == (2021, 2022, 2023)
    horizon = np.arange(2024, 2036)
    assert (
        estimate_share_gap(changes, horizon=horizon).mean.value
        > estimate_share_gap(inputs.changes("share_gap"), horizon=horizon).mean.value
    )


def test_an_unknown_series_names_the_nearest(series):
    with pytest.raises(EstimationError, match="Did you mean 'gdp_current'"):
        select_sample(series, region="city", indicator="gdp_curent")


def test_missing_series_shrink_when_supplied(inputs, series):
    wanted = inputs.declaration.wanted
    before = missing_series(series, wanted)
    own = pd.DataFrame(
        [row(y, 0.05, indicator="gdp_growth", unit="fraction per year", price_basis="comparable",
             vintage_group="not_revised") for y in range(2016, 2025)]
    )  # fmt: skip
    after = missing_series(with_own_series(series, own), wanted)
    key = ("city", "gdp_growth")
    assert key in set(zip(before["region"], before["indicator"], strict=True))
    assert key not in set(zip(after["region"], after["indicator"], strict=True))
    assert before["cost"].str.len().min() > 10


def test_growth_rates_of_several_publications_stack(inputs):
    growth = inputs.changes("province_real_growth")
    assert growth.years == tuple(range(2005, 2026))
    assert growth.steps[growth.years.index(2020)] == pytest.approx(np.log(1.015))


def changes(steps, basis="current", first=2000):
    return Changes(
        label="toy", price_basis=basis, years=tuple(range(first, first + len(steps))),
        steps=np.array(steps, dtype=float), source="toy",
    )  # fmt: skip


def test_stacking_refuses_unlike_bases_and_repeated_years():
    with pytest.raises(EstimationError, match="unlike price bases: comparable, current"):
        stack([changes([0.1]), changes([0.1], basis="comparable", first=2010)])
    with pytest.raises(EstimationError, match=r"years \[2001\] occur in more than one"):
        stack([changes([0.1, 0.2]), changes([0.1], first=2001)])


def test_difference_takes_common_years():
    found = difference(changes([0.10, 0.20, 0.30]), changes([0.05, 0.05], first=2001), "gap")
    assert found.years == (2001, 2002)
    assert found.steps == pytest.approx([0.15, 0.25])


def test_too_few_years_says_how_many_are_needed():
    with pytest.raises(EstimationError, match="5 yearly observations, at least 8 are needed"):
        estimate_share_gap(changes([0.01, 0.02, 0.0, 0.03, 0.01]), horizon=[2006])


def test_levels_are_refused_where_growth_is_needed():
    with pytest.raises(EstimationError, match=r"7 is a level or a percentage.*write 6% as 0.06"):
        estimate_ar1([6.0, 5.0, 7.0, 6.5], [2000, 2001, 2002, 2003])
    level = select_sample(
        require_series(pd.DataFrame([row(2010, 100.0)])), region="city", indicator="gdp_current"
    )
    with pytest.raises(EstimationError, match="'1e8 CNY' is the unit of a level"):
        published_growth(level)


def test_a_constant_series_is_refused():
    with pytest.raises(EstimationError, match=r"all 5 values equal 0.05; nothing varies"):
        estimate_ar1([0.05] * 5, range(2000, 2005))


def test_non_positive_levels_are_refused_under_logs():
    frame = require_series(pd.DataFrame([row(2010, 100.0), row(2011, 0.0), row(2012, -3.0)]))
    sample = select_sample(frame, region="city", indicator="gdp_current")
    with pytest.raises(EstimationError, match="positive values, found 2011: 0, 2012: -3"):
        log_changes(sample)


def test_a_share_of_one_is_refused_under_logit():
    frame = require_series(pd.DataFrame([row(2010, 0.5, unit="fraction"), row(2011, 1.0, unit="fraction")]))
    with pytest.raises(EstimationError, match="strictly between 0 and 1"):
        logit_changes(select_sample(frame, region="city", indicator="gdp_current"))


def test_years_must_rise_and_values_be_finite():
    with pytest.raises(EstimationError, match="strictly increasing year"):
        estimate_ar1([0.1, 0.2, 0.1, 0.3], [2000, 2002, 2001, 2003])
    with pytest.raises(EstimationError, match="1 of 4 values are not finite"):
        estimate_ar1([0.1, np.nan, 0.1, 0.3], range(2000, 2004))


def test_price_bases_are_checked_where_they_matter():
    with pytest.raises(EstimationError, match="'comparable' less 'current'"):
        implicit_deflator(changes([0.1], basis="comparable"), changes([0.1]))
    with pytest.raises(EstimationError, match="output at comparable prices, not 'current'"):
        intensity_changes(changes([0.1], basis="n/a"), changes([0.1]), "energy intensity")


def test_a_real_gap_larger_than_the_nominal_one_is_refused():
    small, large = (Scatter(mean=0.0, trend_sd=0.01, annual_sd=sd) for sd in (0.02, 0.05))
    with pytest.raises(EstimationError, match="scatters more than the nominal gap"):
        relative_deflator(small, large)


def test_factor_and_joint_regression_refuse_what_they_cannot_use():
    with pytest.raises(EstimationError, match="three series at least"):
        harman_jones_1966(np.eye(2))
    prior = OneFactor(loading=np.full(3, 0.01), own_sd=np.full(3, 0.01))
    with pytest.raises(EstimationError, match=r"residuals of shape \(5, 2\), prior of 3 series, 5 years"):
        estimate_one_factor(
            np.random.default_rng(0).normal(0, 0.01, (5, 2)), prior, names=list("abc"), years=range(5)
        )
    with pytest.raises(EstimationError, match=r"driver \(6, 3\), 6 years and 2 names differ in shape"):
        zellner_1962(np.zeros((6, 2)), np.zeros((6, 3)), names=list("ab"), years=range(6))


def test_joint_regression_refuses_errors_without_a_covariance():
    rng = np.random.default_rng(3)
    driver = 0.05 + 0.02 * rng.standard_normal((9, 2))
    error = 0.01 * rng.standard_normal((9, 1))
    labels = {"names": ["primary", "secondary"], "years": range(9)}
    with pytest.raises(EstimationError, match="errors of primary, secondary move in lockstep"):
        zellner_1962(driver[:, [0, 0]] + error, driver[:, [0, 0]], **labels)
    with pytest.raises(EstimationError, match="secondary follows its driver exactly"):
        zellner_1962(driver + error * [1.0, 0.0], driver, **labels)


def test_a_real_gap_needs_three_figures():
    with pytest.raises(EstimationError, match="real growth gap to the province: 0 yearly observations"):
        estimate_real_gap([])


def test_degrees_of_freedom_need_years_and_a_prior_with_a_variance():
    steps = np.random.default_rng(1).normal(0.0, 0.01, 9)
    with pytest.raises(EstimationError, match=r"2 < prior_low < prior_median, not 1\.5 and 4\.6"):
        estimate_degrees_of_freedom(steps, prior_median=4.6, prior_low=1.5, years=range(9))
    with pytest.raises(EstimationError, match="7 yearly observations, at least 8 are needed"):
        estimate_degrees_of_freedom(steps[:7], prior_median=4.6, prior_low=2.6, years=range(7))


def test_relative_prices_need_a_share():
    gaps = [PeriodGap(first=year, last=year, gap=0.01 * (year % 3)) for year in range(2010, 2019)]
    steps = changes(np.linspace(-0.02, 0.05, 9))
    nominal, real = estimate_share_gap(steps, horizon=[2030]), estimate_real_gap(gaps)
    with pytest.raises(EstimationError, match="strictly between 0 and 1, not at 17"):
        estimate_relative_deflator(nominal, real, 17.0)


def test_an_interval_needs_a_level():
    gaps = [PeriodGap(first=year, last=year, gap=0.01 * (year % 3)) for year in range(2010, 2019)]
    found = estimate_real_gap(gaps).mean
    with pytest.raises(EstimationError, match=r"real_gap\.mean: the level .* not at 95; 95% is 0\.95"):
        found.interval(95)
    with pytest.raises(EstimationError, match=r"a probability lies strictly between 0 and 1, not at 0\.0"):
        found.distribution.quantile(0.0)


def test_averages_of_years_must_fit_the_years():
    with pytest.raises(EstimationError, match="one strictly increasing year for each of 4 values"):
        estimate_ar1([0.1, 0.2, 0.1, 0.3], range(2000, 2004), average=np.eye(3))


def test_local_level_refuses_gaps():
    gappy = Changes(
        label="toy", price_basis="current", years=(*range(2000, 2008), 2010), source="toy",
        steps=np.linspace(0.01, 0.09, 9),
    )  # fmt: skip
    with pytest.raises(EstimationError, match="years without gaps"):
        estimate_local_level(gappy)


def test_prior_drift_weights_must_match():
    prior = AR1Prior(drift=(0.0, 0.1), drift_weights=(1.0, 1.0, 1.0))
    with pytest.raises(EstimationError, match="3 weights for 2 possible drifts"):
        estimate_ar1([0.1, 0.2, 0.1, 0.3], range(2000, 2004), prior=prior)


def test_the_columns_are_those_of_the_registry(series):
    assert set(SERIES_COLUMNS) <= set(series.columns)


def test_a_hash_follows_the_rows_and_not_the_last_bit_of_what_is_computed_from_them(inputs, series):
    def from_series(frame):
        return replace(inputs, series=frame).changes("province_real_growth")

    growth = from_series(series)
    moved = replace(growth, steps=np.nextafter(growth.steps, 1.0))
    assert moved.data_hash == growth.data_hash
    later = growth.between(growth.years[0] + 1, growth.years[-1])
    assert later.data_hash != growth.data_hash
    edited = series.assign(
        printed_value=series["printed_value"].where(series["indicator"] != "gdp_growth", "5.5")
    )
    assert from_series(edited).data_hash != growth.data_hash
    noted = series.assign(note="another note", locator="another page")
    assert from_series(noted).data_hash == growth.data_hash


def test_a_hash_holds_the_rows_of_both_sides_of_a_gap(inputs):
    gap = inputs.changes("share_gap")
    assert set(gap.rows) == set(gap.years)
    year = gap.years[-1]
    cells = sorted(tuple(row.split("\t")[:3]) for row in gap.rows[year])
    assert cells == sorted(
        ("gdp_current", who, str(y)) for who in ("city", "province") for y in (year - 1, year)
    )
