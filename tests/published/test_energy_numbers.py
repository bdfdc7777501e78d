"""Known answers of the energy block, each computed on paper from published figures.

Sources of the figures: the city's clean-capacity article of April 2021 (hydro 335.486 and PV 62.08 in
1e4 kW, 13.34 TWh of hydro), grid factors for 2022 (Qinghai 0.1567, national 0.5366 t/MWh).
"""

from __future__ import annotations

import pytest

from haidong_sim.model.energy.demand import (
    check_density,
    electricity_twh,
)
from haidong_sim.model.energy.supply import capacity_for_generation, generation_twh, required_generation
from haidong_sim.place import load_registry
from haidong_sim.run import project
from haidong_sim.run.replaying import replay_years
from haidong_sim.scenario import load_scenario
from haidong_sim.scenario.projects import load_projects

CALORIFIC = 12.29
COAL_EQUIVALENT = 30.5
STANDARD = {"racks": 50_000, "load": 0.65, "effectiveness": 1.2}


def test_ratio_of_the_factors():
    ratio = COAL_EQUIVALENT / CALORIFIC
    assert ratio == pytest.approx(2.4817, abs=5e-5)


def test_installed_capacity_is_a_stock_of_398():
    assert round(335.486 + 62.08) == 398
    assert pytest.approx(3976, abs=0.5) == 1334 / 335.486 * 1000


@pytest.mark.parametrize(
    ("energy", "needed", "gap", "photovoltaics"),
    [(760, 16.2, -0.1, 0.0), (820, 17.5, 1.2, 0.8), (866, 18.5, 2.2, 1.4)],
)
def test_generation_for_a_share_of_65_percent(energy, needed, gap, photovoltaics):
    available = generation_twh(3.35486, 3976, 0) + generation_twh(0.6208 + 1.35434, 1500, 0)
    assert available == pytest.approx(16.3, abs=0.05)
    generation = required_generation(0.65, energy, factor=COAL_EQUIVALENT)
    assert generation == pytest.approx(needed, abs=0.05)
    assert generation - available == pytest.approx(gap, abs=0.05)
    assert max(0, capacity_for_generation(generation - available, hours=1500)) == pytest.approx(
        photovoltaics, abs=0.05
    )


def test_clean_generation_of_2020():
    generation = generation_twh(3.35486, 3976, 0) + generation_twh(0.6208, 1500, 0)
    assert generation == pytest.approx(14.27, abs=0.005)
    assert generation * COAL_EQUIVALENT == pytest.approx(435, abs=0.5)
    assert generation * COAL_EQUIVALENT / 663.9 == pytest.approx(0.656, abs=5e-4)


def test_electricity_of_fifty_thousand_standard_racks():
    electricity = electricity_twh(kw_per_rack=2.5, **STANDARD)
    assert electricity == pytest.approx(0.854, abs=5e-4)
    assert electricity * CALORIFIC == pytest.approx(10.5, abs=0.05)
    assert electricity * COAL_EQUIVALENT == pytest.approx(26.05, abs=0.05)
    assert electricity * 15.67 == pytest.approx(13.4, abs=0.05)
    assert electricity * 53.66 == pytest.approx(45.8, abs=0.05)


@pytest.mark.parametrize(("kw", "electricity"), [(6, 2.05), (10, 3.42), (20, 6.83)])
def test_electricity_of_denser_racks(kw, electricity):
    assert electricity_twh(kw_per_rack=kw, **STANDARD) == pytest.approx(electricity, abs=0.005)


def test_density_of_the_target_is_twice_the_province():
    # 8400 PFLOPS on 93 000 racks at the end of 2024; the target is 10 000 on 50 000.
    finding = check_density(pflops=10_000, racks=50_000, benchmark=8400 / 93_000)
    assert finding.density == pytest.approx(0.20)
    assert finding.benchmark == pytest.approx(0.090, abs=5e-4)
    assert finding.status == "ordinary"
    assert check_density(pflops=10_000, racks=5_000, benchmark=0.09).status == "dense"
    assert check_density(pflops=100, racks=50_000, benchmark=0.09).status == "sparse"


def test_parks_sum_to_300_of_gross_output_and_72_of_value_added():
    parks = {name: park for name, park in load_projects().items() if park.kind == "park"}
    assert sorted(park.gross_output_at_capacity() for park in parks.values()) == [10, 15, 15, 30, 70, 70, 90]
    value_added = sum(
        park.gross_output_at_capacity() * park.value_added_rate.value for park in parks.values()
    )
    assert value_added == pytest.approx(72)


def test_revenue_of_the_computing_base():
    base = load_projects()["computing_base"]
    assert 16 <= base.gross_output_at_capacity() <= 24
    assert 8 <= base.gross_output_at_capacity() * base.value_added_rate.value <= 13
    assert base.electricity_at_capacity() == pytest.approx(0.8541, abs=5e-5)


@pytest.mark.parametrize(("per_tonne", "electricity"), [(13.0, 5.85), (13.5, 6.075)])
def test_electricity_of_the_smelter(per_tonne, electricity):
    table = load_scenario("plan").derive("al", {"energy.aluminium.electricity_per_tonne.value": per_tonne})
    years = replay_years(table).years
    assert years[2020]["energy_aluminium"] / COAL_EQUIVALENT == pytest.approx(electricity)


@pytest.mark.parametrize(("pflops", "racks", "density"), [(17_000, 190_000, 0.089), (2_600, 6_000, 0.43)])
def test_densities_of_known_places(pflops, racks, density):
    finding = check_density(pflops=pflops, racks=racks, benchmark=0.0903)
    assert finding.density == pytest.approx(density, abs=5e-3)
    assert finding.status == "ordinary"


def test_shipped_energy_starts_from_the_registrys_baseline():
    path = project("plan").path
    baseline = load_registry("haidong").baseline("census")
    for name in ("energy_consumption", "energy_intensity", "clean_energy_capacity"):
        assert path[name, 2020] == pytest.approx(baseline.value(name), rel=1e-6)
    row = baseline["energy_consumption"]
    total = load_scenario("plan").energy.demand.total
    assert (total.value, total.low, total.high) == (row.value, row.low, row.high)
    # Photovoltaics are the printed total less hydropower, 5 MW more than the article counts.
    assert path["clean_energy_generation", 2020] == pytest.approx(
        baseline.value("clean_energy_generation"), abs=0.01
    )
    assert path["non_fossil_share", 2020] == pytest.approx(0.656, abs=5e-4)
