"""Projects that come on line: a slow twin, ramps, delays, sharing of ramps, dtype, parks' gross output."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from haidong_sim.errors import ScenarioError
from haidong_sim.model.projects import (
    ComputingBase,
    Park,
    compile_projects,
    gross_output_by_park,
    load_projects,
    project_drivers,
    project_outputs,
    ramp_share,
    realize_projects,
    triangular_quantile,
    uniform_names,
)
from haidong_sim.scenario.schedule import Quantity


def number(value, low=None, high=None):
    return {
        "value": value,
        "low": value if low is None else low,
        "high": value if high is None else high,
        "provenance": "assumption",
    }


def park(**changes):
    return Park.model_validate(
        {
            "label": "A park",
            "sector": "secondary",
            "gross_output": number(100),
            "value_added_rate": number(0.24, 0.18, 0.32),
            "displacement": number(0.1, 0.0, 0.4),
            "in_baseline": number(0.25),
            "start_year": 2022,
            "ramp_years": 4,
            "delay": {"0": 0.4, "1": 0.3, "2": 0.2, "3": 0.1},
            "success": number(0.8),
            "source": "made up",
        }
        | changes
    )


def compiled(**projects):
    return compile_projects(projects, base_year=2020, last_year=2035)


def test_ramp_starts_in_the_start_year_and_ends_exactly():
    shares = [ramp_share(year, start_year=2022, ramp_years=4, width=0.6) for year in range(2020, 2028)]
    assert shares[:2] == [0, 0]
    assert 0 < shares[2] < shares[3] < shares[4] < 1
    assert shares[3] == pytest.approx(0.5)
    assert shares[5:] == [1, 1, 1]
    assert ramp_share(2022, start_year=2022, ramp_years=1, width=0.6) == 1


def test_triangular_quantile_against_its_distribution_function():
    quantity = Quantity(value=0.24, low=0.18, high=0.32, provenance="assumption")
    uniform = np.linspace(0.001, 0.999, 97)
    rate = triangular_quantile(quantity, uniform)
    below = (rate - 0.18) ** 2 / (0.14 * 0.06)
    above = 1 - (0.32 - rate) ** 2 / (0.14 * 0.08)
    np.testing.assert_allclose(np.where(rate < 0.24, below, above), uniform, rtol=1e-12)
    assert type(triangular_quantile(quantity, 0.5)) is float
    fixed = Quantity(value=0.3, provenance="official", source="made up")
    assert triangular_quantile(fixed, uniform) == 0.3


def slow_twin(projects, uniforms, draw, year):
    """Net value added in place (1e8 CNY) by sector, and TWh, of one draw in one year."""
    totals = {"primary": 0.0, "secondary": 0.0, "tertiary": 0.0, "electricity": 0.0}
    for name, project in projects.items():
        drawn = {what: uniforms[f"project.{name}.{what}"][draw] for what in ("success", "delay")}
        if drawn["success"] >= project.success.value:
            continue
        delay = next(
            years for years in range(4) if drawn["delay"] < sum(project.delay[d] for d in range(years + 1))
        )
        ramp = ramp_share(
            year,
            start_year=project.start_year + delay,
            ramp_years=project.ramp_years,
            width=project.ramp_width,
        )
        output = project.gross_output_at_capacity() * (1 - project.in_baseline.value) * ramp
        rate, displaced = (
            float(
                triangular_quantile(
                    getattr(project, what), uniforms[f"project.{name}.{what}"][draw : draw + 1]
                )[0]
            )
            if getattr(project, what).low < getattr(project, what).high
            else getattr(project, what).value
            for what in ("value_added_rate", "displacement")
        )
        totals[project.sector] += output * rate * (1 - displaced)
        totals["electricity"] += (
            (project.electricity_at_capacity() or 0.0) * (1 - project.in_baseline.value) * ramp
        )
    return totals


def test_the_slow_twin_agrees_and_increments_sum():
    projects = load_projects()
    parameters = compile_projects(projects, base_year=2020, last_year=2035)
    assert len(parameters.ramps) == 2
    rng = np.random.default_rng(5)
    uniforms = {name: rng.uniform(size=40) for name in uniform_names(projects)}
    realized = realize_projects(parameters, uniforms)
    level = {"secondary": np.zeros(40), "tertiary": np.zeros(40)}
    for year in range(2021, 2036):
        drivers = project_drivers(realized, year=year)
        level = {name: before + drivers.get(f"project_{name}", 0.0) for name, before in level.items()}
        for draw in range(40):
            expected = slow_twin(projects, uniforms, draw, year)
            assert level["secondary"][draw] == pytest.approx(expected["secondary"], rel=1e-12, abs=1e-12)
            assert level["tertiary"][draw] == pytest.approx(expected["tertiary"], rel=1e-12, abs=1e-12)
            electricity = np.broadcast_to(drivers.get("project_electricity", 0.0), 40)[draw]
            assert electricity == pytest.approx(expected["electricity"], rel=1e-12, abs=1e-12)


def test_success_and_delay_have_their_probabilities():
    parameters = compiled(one=park(ramp_years=1))
    draws = 100_000
    rng = np.random.default_rng(3)
    uniforms = {name: rng.uniform(size=draws) for name in uniform_names(parameters.projects)}
    for delay, probability in enumerate((0.4, 0.7, 0.9, 1.0)):
        realized = realize_projects(parameters, uniforms)
        reached = gross_output_by_park(realized, year=2022 + delay)["one"] > 25.0
        expected = 0.8 * probability
        error = np.sqrt(expected * (1 - expected) / draws)
        assert reached.mean() == pytest.approx(expected, abs=4 * error)


def test_gross_output_does_not_enter_gdp_unconverted():
    parameters = compiled(one=park(ramp_years=1, delay={"0": 1.0}, displacement=number(0.2)))
    drivers = project_drivers(realize_projects(parameters), year=2022)
    median = 0.32 - np.sqrt(0.5 * 0.14 * 0.08)
    assert drivers["project_secondary"] == pytest.approx(100 * 0.75 * median * 0.8)
    assert "park_gross_output" not in drivers
    outputs = [project_outputs(realize_projects(parameters), {}, year=year) for year in (2021, 2022)]
    assert [output["park_gross_output"] for output in outputs] == pytest.approx([25, 100])
    assert project_drivers(realize_projects(parameters), year=2021) == {}


def test_price_factor_turns_output_into_base_year_prices():
    plain = compiled(one=park(ramp_years=1))
    dear = compiled(one=park(ramp_years=1, price_factor=number(0.9)))
    year = 2023
    left = project_drivers(realize_projects(plain), year=year)
    right = project_drivers(realize_projects(dear), year=year)
    assert right["project_secondary"] == pytest.approx(0.9 * left["project_secondary"])
    left, right = (gross_output_by_park(realize_projects(each), year=year) for each in (plain, dear))
    assert left == right


def test_metered_parks_are_a_line_of_their_own():
    parameters = compiled(
        one=park(ramp_years=1, delay={"0": 1.0}, electricity=number(2.0), displacement=number(0.2))
    )
    drivers = project_drivers(realize_projects(parameters), year=2023)
    assert drivers["project_electricity"] == pytest.approx(2.0 * 0.75)
    # What other firms lose leaves with their own energy: the metered part is the park's own value added.
    in_place = project_drivers(realize_projects(parameters), year=2022)["project_secondary"]
    assert drivers["project_metered_secondary"] * 0.8 == pytest.approx(in_place)
    assert "project_secondary" not in drivers
    plain = project_drivers(realize_projects(compiled(one=park())), year=2025)
    assert not {"project_electricity", "project_metered_secondary"} & set(plain)


def test_a_delay_is_bad_for_gdp_and_good_for_electricity():
    base = load_projects()["computing_base"]
    assert isinstance(base, ComputingBase)
    parameters = compile_projects({"base": base}, base_year=2020, last_year=2035)
    draws = np.array([0.1, 0.5, 0.8, 0.95])
    realized = realize_projects(
        parameters, {"project.base.delay": draws, "project.base.success": np.zeros(4)}
    )
    drivers = project_drivers(realized, year=2028)
    assert np.all(np.diff(drivers["project_electricity"]) < 0)
    assert np.all(np.diff(drivers["project_metered_tertiary"]) < 0)
    racks = project_outputs(realized, {}, year=2028)["data_centre_racks"]
    np.testing.assert_allclose(drivers["project_electricity"] / racks, 0.8541 / 50_000, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_preserved_even_where_only_some_uniforms_are_given(dtype):
    projects = load_projects()
    parameters = compile_projects(projects, base_year=2020, last_year=2035)
    rng = np.random.default_rng(2)
    everything = {name: rng.uniform(size=9).astype(dtype) for name in uniform_names(projects)}
    some = {name: values for name, values in everything.items() if name.endswith(("success", "displacement"))}
    for uniforms in (everything, some):
        realized = realize_projects(parameters, uniforms)
        for year in range(2021, 2036):
            drivers = project_drivers(realized, year=year) | gross_output_by_park(realized, year=year)
            for value in drivers.values():
                assert type(value) is float or value.dtype == dtype


def test_without_uniforms_everything_is_a_plain_number():
    realized = realize_projects(compiled(one=park()))
    assert all(
        type(value) is float
        for year in range(2021, 2036)
        for value in project_drivers(realized, year=year).values()
    )


def test_no_projects_cost_nothing():
    realized = realize_projects(compiled())
    assert project_drivers(realized, year=2030) == {}
    assert uniform_names({}) == ()


def test_compiled_projects_travel_to_workers():
    parameters = compiled(one=park())
    assert pickle.loads(pickle.dumps(parameters)) == parameters  # noqa: S301  made here


def test_projects_before_the_base_year_are_all_named():
    with pytest.raises(ScenarioError, match="2 problems") as caught:
        compiled(one=park(start_year=2019), two=park(start_year=2020), three=park())
    assert "projects.one.start_year" in str(caught.value)
    assert "projects.two.start_year" in str(caught.value)


def test_output_of_each_park_sums_to_the_total():
    projects = load_projects()
    parameters = compile_projects(projects, base_year=2020, last_year=2035)
    rng = np.random.default_rng(8)
    uniforms = {name: rng.uniform(size=20) for name in uniform_names(projects)}
    realized = realize_projects(parameters, uniforms)
    for year in (2021, 2023, 2025, 2035):
        parks = gross_output_by_park(realized, year=year)
        assert len(parks) == 7
        np.testing.assert_allclose(
            sum(parks.values()), project_outputs(realized, {}, year=year)["park_gross_output"], rtol=1e-12
        )
