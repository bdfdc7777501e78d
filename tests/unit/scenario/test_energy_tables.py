"""Every rule of the energy and project tables, one broken input each, and that all problems come at once."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from haidong_sim.errors import RegistryError
from haidong_sim.scenario.energy import EnergyConvention, EnergySpec
from haidong_sim.scenario.projects import ComputingBase, Park, check_projects, load_projects
from haidong_sim.scenario.schedule import Quantity, Schedule, s_curve

FILE = Path(__file__).parents[1] / "model" / "haidong_energy.toml"


def number(value, low=None, high=None):
    return {
        "value": value,
        "low": value if low is None else low,
        "high": value if high is None else high,
        "provenance": "assumption",
    }


CENTRES = {
    "racks": number(6000),
    "kw_per_rack": number(2.5),
    "load": number(0.65),
    "power_usage_effectiveness": number(1.2),
    "utilization": number(0.5),
}

PARK = {
    "kind": "park",
    "label": "A park",
    "sector": "secondary",
    "gross_output": number(100),
    "value_added_rate": number(0.24, 0.18, 0.32),
    "displacement": number(0.2),
    "in_baseline": number(0.1),
    "start_year": 2022,
    "ramp_years": 4,
    "delay": {"0": 0.4, "1": 0.3, "2": 0.2, "3": 0.1},
    "success": number(0.9),
    "source": "made up",
}

BASE = {key: value for key, value in PARK.items() if key != "gross_output"} | {
    "kind": "computing_base",
    "racks": number(50_000),
    "kw_per_rack": number(2.5),
    "load": number(0.65),
    "power_usage_effectiveness": number(1.2),
    "occupancy": number(0.7),
    "price_per_rack": number(5.5),
}


@pytest.fixture
def table():
    return tomllib.loads(FILE.read_text(encoding="utf-8"))["energy"]


def put(table, dotted, value):
    changed = copy.deepcopy(table)
    *parents, last = dotted.split(".")
    inner = changed
    for key in parents:
        inner = inner[int(key)] if isinstance(inner, list) else inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return changed


def messages(model, table):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(table)
    return {".".join(str(part) for part in item["loc"]): item["msg"] for item in caught.value.errors()}


def test_the_haidong_table_is_valid(table):
    spec = EnergySpec.model_validate(table)
    assert spec.demand.users["secondary"].electricity_share.points == {2035: 0.58}


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        ("supply.technologies.pv.hours", number(9000), "hours: 9000, 9000, 9000 outside 0 … 8760"),
        ("supply.technologies.pv.capacity", number(-1), "capacity: -1, -1, -1 outside 0"),
        (
            "supply.technologies.pv.retirements",
            {"2022": 0.5, "2024": 0.5},
            "capacity goes negative: -0.3792 GW in 2024",
        ),
        ("supply.technologies.pv.additions", {"2022": -0.5}, "greater than or equal to 0"),
        ("supply.technologies.pv.curtailment", number(1.2), "curtailment: 1.2, 1.2, 1.2 outside 0 … 1"),
        (
            "supply.milestones.0.mix",
            {"pv": 0.6, "hydro": 0.3},
            "mix of the milestone sums to 0.9, not to one",
        ),
        ("supply.milestones.0.mix", {"pw": 1.0}, "unknown technology 'pw'. Did you mean 'pv'?"),
        ("supply.hydrology.technology", "hydr", "unknown technology 'hydr'. Did you mean 'hydro'?"),
        ("supply.hydrology.persistence", number(1.0), "persistence: 1, 1, 1 outside -0.99 … 0.99"),
        ("supply.grid_clean_share", number(90), "grid_clean_share: 90, 90, 90 outside 0 … 1"),
        ("carbon.fuels.coal.share", number(0.7), "mix of fuels sums to 1.08, not to one"),
        ("carbon.fuels.coal.share", number(0.62) | {"points": {"2030": 0.5}}, "every fuel needs a share"),
        ("carbon.grid_factor", number(156.7), "grid_factor: 156.7, 156.7, 156.7 outside 0 … 2"),
        ("demand.users.urban.share", number(0.2), "shares of the users sums to 1.12, not to one"),
        ("demand.users.urban.intensity_decline", number(3), "write 0.03 for 3%"),
        ("demand.users.urban", None, "user 'urban' is missing"),
        ("demand.total", number(-5), "total: -5 is not a positive amount"),
        ("aluminium.electricity_per_tonne", number(13_200), "electricity_per_tonne: 13200"),
        ("data_centres", CENTRES | {"power_usage_effectiveness": number(0.9)}, "0.9, 0.9, 0.9 outside 1 … 5"),
        (
            "data_centres",
            {k: v for k, v in CENTRES.items() if k != "kw_per_rack"},
            "racks without kw_per_rack",
        ),
        ("data_centres", CENTRES | {"load": number(65)}, "load: 65, 65, 65 outside 0 … 1"),
        ("supply.windmills", number(1), "Extra inputs are not permitted"),
    ],
)
def test_a_broken_energy_table_says_what_is_wrong(table, place, value, text):
    found = messages(EnergySpec, put(table, place, value))
    assert text in " ".join(found.values())


def test_an_unsaid_convention_lists_the_choices(table):
    found = messages(EnergySpec, put(table, "convention", {"accounting": "calorific", "control": "grosss"}))
    text = found["convention"]
    assert "attribution is not said; choose one of production, consumption, certificate" in text
    assert "unknown control 'grosss'. Did you mean 'gross'?" in text
    found = messages(EnergyConvention, {})
    assert "accounting is not said; choose one of calorific, coal_equivalent" in found[""]
    assert "control is not said; choose one of gross, ex_feedstock, ex_feedstock_nonfossil" in found[""]


def test_all_problems_come_at_once(table):
    broken = put(table, "supply.technologies.pv.hours", number(9000))
    broken = put(broken, "carbon.fuels.coal.share", number(0.7))
    broken = put(
        broken, "data_centres", CENTRES | {"power_usage_effectiveness": number(0.9), "load": number(2)}
    )
    broken = put(broken, "convention.control", None)
    found = messages(EnergySpec, broken)
    assert set(found) == {"convention", "supply.technologies.pv", "carbon", "data_centres"}
    assert "load" in found["data_centres"]
    assert "power_usage_effectiveness" in found["data_centres"]


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ({"value": 1, "provenance": "assumption"}, "an assumption needs its range"),
        ({"value": 1, "provenance": "official"}, "provenance 'official' needs a source"),
        ({"value": 3, "low": 1, "high": 2, "provenance": "assumption"}, "lies outside its own range"),
        ({"value": 1, "low": 1, "high": 2, "provenance": "guess"}, "Input should be"),
    ],
)
def test_a_number_without_origin_is_refused(quantity, text):
    assert text in " ".join(messages(Quantity, quantity).values())


@pytest.mark.parametrize(
    ("model", "table", "changes", "text"),
    [
        (Park, PARK, {"gross_output": number(-1)}, "gross_output: -1, -1, -1 outside 0"),
        (Park, PARK, {"delay": {"0": 0.5, "1": 0.4}}, "probabilities of the delays sums to 0.9, not to one"),
        (Park, PARK, {"delay": {"-1": 1.0}}, "a delay of -1 years is not possible"),
        (Park, PARK, {"value_added_rate": number(24)}, "outside 0 … 1"),
        (Park, PARK, {"success": number(1.1)}, "outside 0 … 1"),
        (Park, PARK, {"ramp_years": 0}, "greater than or equal to 1"),
        (Park, PARK, {"sector": "quaternary"}, "'primary', 'secondary' or 'tertiary'"),
        (ComputingBase, BASE, {"power_usage_effectiveness": number(0.8)}, "below 1 is impossible"),
        (ComputingBase, BASE, {"kw_per_rack": None}, "racks without kw_per_rack"),
        (ComputingBase, BASE, {"load": number(1.5)}, "load: 1.5"),
        (ComputingBase, BASE, {"racks": number(-50_000)}, "racks: -50000"),
    ],
)
def test_a_broken_project_says_what_is_wrong(model, table, changes, text):
    assert model.model_validate(table)
    assert text in " ".join(messages(model, table | changes).values())


def test_gross_output_without_a_value_added_rate_is_refused():
    found = messages(Park, {key: value for key, value in PARK.items() if key != "value_added_rate"})
    assert found == {"value_added_rate": "Field required"}


def test_a_project_in_the_base_year_is_refused():
    early = Park.model_validate(PARK | {"start_year": 2020})
    late = Park.model_validate(PARK | {"start_year": 2021})
    found = check_projects({"early": early, "late": late}, base_year=2020)
    assert len(found) == 1
    assert "projects.early.start_year: 2020 is not after the base year 2020" in found[0]


def test_shipped_projects_name_their_targets():
    projects = load_projects()
    assert len(projects) == 8
    assert projects["park_ledu"].target_ids == ["t25_output_ledu"]
    assert projects["computing_base"].target_ids[0] == "a30_racks"
    for project in projects.values():
        assert project.source
    assert load_projects("nowhere") == {}


def test_every_broken_row_of_a_project_file_is_named(tmp_path):
    (tmp_path / "projects.csv").write_text(
        "id,kind,label,success.value,success.provenance\n"
        "one,park,A,2,assumption\n"
        "two,castle,B,,\n"
        "one,park,C,,\n"
        ",park,D,,\n",
        encoding="utf-8",
    )
    with pytest.raises(RegistryError) as caught:
        load_projects(tmp_path)
    text = str(caught.value)
    assert "line 2, one, park.success" in text
    assert "line 3, two" in text
    assert "'park', 'computing_base'" in text
    assert "line 5: id '' is empty" in text
    assert "line 4: id 'one' is repeated" in text


def test_a_schedule_moves_through_its_points_and_stays():
    schedule = Schedule(value=1, low=0, high=9, provenance="assumption", points={2025: 2.0, 2030: 4.0})
    assert [schedule.at(year, 2020) for year in (2020, 2021, 2025, 2027, 2030, 2050)] == pytest.approx(
        [1, 1.2, 2, 2.8, 4, 4]
    )
    assert type(schedule.at(2021, 2020)) is float


def test_an_s_curve_hits_both_ends_and_keeps_its_width():
    curve = Schedule(value=0, low=0, high=9, provenance="assumption", points={2030: 8.0}, shape="s_curve")
    assert [curve.at(year, 2020) for year in (2020, 2025, 2030)] == pytest.approx([0, 4, 8], abs=1e-12)
    # Without end correction the logistic goes from 10% to 90% within the width; the narrow one needs none.
    assert s_curve(0.5 - 0.1, 0.2) == pytest.approx(0.1, abs=1e-4)
    assert s_curve(0.5 + 0.1, 0.2) == pytest.approx(0.9, abs=1e-4)
    assert s_curve(-0.1, 0.6) == 0
    assert s_curve(1.1, 0.6) == 1
