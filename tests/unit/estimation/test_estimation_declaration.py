"""A place's calibration.toml: what it declares is what is estimated, and every slip of the pen is named."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.declaration import ESTIMATORS, read_declaration
from haidong_sim.estimation.inputs import load_inputs
from haidong_sim.estimation.single_drivers import estimate_single
from haidong_sim.place import load_registry

TEXT = (files("haidong_sim.place") / "data" / "haidong" / "calibration.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def registry():
    return load_registry("haidong")


def changed(old, new):
    assert TEXT.count(old) >= 1
    return TEXT.replace(old, new, 1)


def test_every_driver_is_declared_once(registry):
    found = read_declaration(TEXT, registry.place)
    assert set(found.drivers) == set(ESTIMATORS)
    assert all(item.estimator in ESTIMATORS[name] for name, item in found.drivers.items())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[drivers.urban_rural_ratio]", "[drivers.urban_rural_rati]", "Did you mean 'urban_rural_ratio'"),
        ("[drivers.nation]", "[drivers.nature]", "drivers.nation: is missing; its estimator can be trend"),
        ('series = "province_population"', 'series = "province_popolation"',
         "unknown record 'province_popolation'. Did you mean 'province_population'"),
        ('estimator = "province_less_city"', 'estimator = "trend"',
         "unknown estimator of 'rest_of_province' 'trend'"),
        ('region = "province", indicator = "gdp_growth"', 'region = "provinz", indicator = "gdp_growth"',
         "unknown region 'provinz'. Did you mean 'province'"),
        ('kind = "growth"', 'kind = "grwth"', "unknown kind of record 'grwth'. Did you mean 'growth'"),
        ("trend_sd = 0.003", 'trend_sd = "small"', "drivers.population.trend_sd: 'small' is not a number"),
        ("trend_sd = 0.003", "trend_sdd = 0.003", "Did you mean 'trend_sd'"),
        ('of = ["province_output_latest", "province_real_growth_latest"]', 'of = ["province_output_latest"]',
         "names 1 quantities; two are needed"),
        ('of = ["province_output_latest", "province_real_growth_latest"]',
         'of = ["province_output_latest", "province_tertiary"]', "stands below"),
        ("first = 2010, last = 2020", "first = 2020, last = 2010", "2010 is not after 2020"),
        ('drivers = "all_327_cities"', 'drivers = "all_cities"', "Did you mean 'all_327_cities'"),
        ("mean_sd = 0.0145", "mean_ds = 0.0145", "Did you mean 'mean_sd'"),
        ("[uses]", "[used]", "uses: is missing"),
        ("[sector_drift]", "[sector_drift", "not valid TOML"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_place(registry, old, new, words):
    with pytest.raises(EstimationError) as caught:
        read_declaration(changed(old, new), registry.place)
    assert words in str(caught.value)
    assert str(caught.value).startswith("calibration.toml of 'haidong'")


def test_all_problems_are_told_at_once(registry):
    text = changed("trend_sd = 0.003", "trend_sdd = 0.003").replace("[uses]", "[used]")
    with pytest.raises(EstimationError, match="problems") as caught:
        read_declaration(text, registry.place)
    assert "drivers.population.trend_sd: is missing" in str(caught.value)
    assert "unknown key 'used'" in str(caught.value)


def test_a_place_without_the_file_is_told_so(registry):
    with pytest.raises(EstimationError, match=r"registry of 'haidong' has no calibration\.toml"):
        load_inputs(replace(registry, calibration=""))


def test_another_estimator_is_a_matter_of_data(registry):
    """A pace in place of a trend: the log ratio of two published head counts over the six years between."""
    old = 'estimator = "trend"\nseries = "province_population"\n'
    new = (
        'estimator = "pace"\ntrend_sd = 0.002\nannual_sd = 0.001\n'
        'paces = [{ region = "province", indicator = "resident_population", '
        'group = "after_7th_population_census", first = 2016, last = 2022 }]\n'
    )
    inputs = load_inputs(replace(registry, calibration=changed(old, new)))
    points = {
        point.year: point.value
        for point in registry.series_points
        if (point.indicator, point.region) == ("resident_population", "province")
        and point.vintage_group == "after_7th_population_census"
    }
    quantity, trend = estimate_single(inputs, "population_rest_of_province")
    assert trend is None
    assert quantity.mean == pytest.approx(np.log(points[2022] / points[2016]) / 6)
    assert (quantity.trend_sd, quantity.annual_sd, quantity.n) == (0.002, 0.001, 1)
    assert quantity.provenance == "assumption"


def test_a_pace_without_its_figure_says_which_years_there_are(registry):
    figure = 'indicator = "urban_rural_income_ratio", first = {}, last = 2020'
    text = changed(figure.format(2015), figure.format(2014))
    inputs = load_inputs(replace(registry, calibration=text))
    with pytest.raises(EstimationError, match=r"no figure for 2014; published: 2015, 2020"):
        estimate_single(inputs, "urban_rural_ratio")


def test_a_trend_without_a_prior_of_its_own_asks_for_one(registry):
    start = TEXT.index("[drivers.urban_rural_ratio]")
    end = TEXT.index("# Intensities from 2006")
    table = '[drivers.urban_rural_ratio]\nestimator = "trend"\nseries = "consumer_prices"\n'
    bare = load_inputs(replace(registry, calibration=TEXT[:start] + table + TEXT[end:]))
    with pytest.raises(EstimationError, match="write a table prior"):
        estimate_single(bare, "urban_rural_ratio")
    prior = "prior = { mean = 0.0, mean_sd = 0.01, annual_sd = 0.01, annual_sd_years = 2.0 }\n"
    inputs = load_inputs(replace(registry, calibration=TEXT[:start] + table + prior + TEXT[end:]))
    quantity, trend = estimate_single(inputs, "urban_rural_ratio")
    assert trend is not None
    # Nine years of prices that rose against a prior of no change: between nothing and their mean.
    mean = float(inputs.changes("consumer_prices").steps.mean())
    assert 0.0 < quantity.mean < mean
