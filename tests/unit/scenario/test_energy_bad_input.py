"""Bad energy and project tables of scenario files: all problems in one message, each under its dotted key."""

from __future__ import annotations

import pytest

import haidong_sim as hs
from haidong_sim.errors import ScenarioError

HEAD = """
extends = "plan"
[label]
en = "broken"
zh = "有误"
"""
CENTRES = """
[energy.data_centres]
racks = { value = 6000, low = 5000, high = 7000, provenance = "assumption" }
kw_per_rack = { value = 2.5, low = 2.5, high = 6.0, provenance = "assumption" }
load = { value = 0.65, low = 0.5, high = 0.8, provenance = "assumption" }
power_usage_effectiveness = { value = 1.2, low = 1.1, high = 1.3, provenance = "assumption" }
utilization = { value = 0.5, low = 0.3, high = 0.8, provenance = "assumption" }
"""
PARK = """
[projects.mine]
kind = "park"
label = "A park"
sector = "secondary"
start_year = 2022
ramp_years = 3
source = "made up"
gross_output = { value = 100, provenance = "document", source = "made up" }
value_added_rate = { value = 0.24, low = 0.18, high = 0.32, provenance = "assumption" }
displacement = { value = 0.2, low = 0.0, high = 0.4, provenance = "assumption" }
in_baseline = { value = 0.1, low = 0.0, high = 0.3, provenance = "assumption" }
success = { value = 0.9, low = 0.6, high = 0.95, provenance = "assumption" }
delay = { 0 = 0.4, 1 = 0.6 }
"""
PUE = ("value = 1.2, low = 1.1", "value = 0.9, low = 0.9")
NEGATIVE = """
[energy.computing]
increase_since = 2024
power = { value = -1, low = -1, high = 2, provenance = "assumption" }
benchmark_density = { value = 0.1, low = 0.1, high = 0.4, provenance = "assumption" }
"""
PV = "[energy.supply.technologies.pv]\n"


def broken(tmp_path, text, *, run=False):
    path = tmp_path / "broken.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        hs.project(hs.load_scenario(path)) if run else hs.load_scenario(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        (
            'without = ["energy.convention.attribution"]',
            "energy.convention",
            "attribution is not said; choose one of production, consumption, certificate",
        ),
        (
            'without = ["energy.convention.accounting", "energy.convention.control"]',
            "energy.convention",
            "control is not said; choose one of gross, ex_feedstock, ex_feedstock_nonfossil",
        ),
        (f"{PV}retirements = {{ 2022 = 0.7 }}", "energy.supply.technologies.pv", "capacity goes negative"),
        (CENTRES.replace(*PUE), "energy.data_centres", "below 1 is impossible"),
        (
            "\n".join(line for line in CENTRES.splitlines() if "kw_per_rack" not in line),
            "energy.data_centres",
            "racks without kw_per_rack",
        ),
        (
            f'{PV}hours = {{ value = 9000, low = 1300, high = 9000, provenance = "assumption" }}',
            "energy.supply.technologies.pv",
            "hours: 9000, 9000 outside 0 … 8760 hours a year",
        ),
        ("[energy.demand.users.rural.share]\nvalue = 0.1", "energy.demand", "users sums to 1.03"),
        ("[energy.carbon.fuels.gas.share]\nvalue = 0.2", "energy.carbon", "mix of fuels sums to 1.07"),
        (PARK.replace("1 = 0.6", "1 = 0.5"), "projects.mine", "probabilities of the delays sums to 0.9"),
        (PARK.replace("high = 0.32", "high = 32"), "projects.mine", "value_added_rate"),
        (NEGATIVE, "energy.computing", "power: -1, -1 outside 0"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_key(tmp_path, text, where, words):
    without, _, rest = text.partition("]") if text.startswith("without") else ("", "", text)
    message = broken(tmp_path, rest) if not without else _with_top(tmp_path, f"{without}]")
    assert where in message
    assert words in message


def _with_top(tmp_path, line):
    path = tmp_path / "broken.toml"
    path.write_text(HEAD.replace('extends = "plan"', f'extends = "plan"\n{line}'), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        hs.load_scenario(path)
    return str(caught.value)


def test_all_problems_come_at_once(tmp_path):
    text = (
        f'{PV}hours = {{ value = 9000, low = 1300, high = 9000, provenance = "assumption" }}\n'
        "[energy.carbon.fuels.gas.share]\nvalue = 0.2\n"
        + CENTRES.replace(*PUE)
        + PARK.replace("1 = 0.6", "1 = 0.5")
        + "[energy.demand.users.rural.share]\nvalue = 0.1\n"
    )
    message = broken(tmp_path, text)
    for where in (
        "energy.supply.technologies.pv", "energy.carbon", "energy.data_centres", "projects.mine",
        "energy.demand",
    ):  # fmt: skip
        assert where in message


def test_a_project_before_the_base_year_is_named_when_the_place_is_known(tmp_path):
    early = PARK.replace("start_year = 2022", "start_year = 2020")
    message = broken(tmp_path, early + early.replace("projects.mine", "projects.other"), run=True)
    assert "projects.mine.start_year: 2020 is not after the base year 2020" in message
    assert "projects.other.start_year" in message


def test_points_in_the_base_year_are_named_when_the_place_is_known(tmp_path):
    text = (
        "[energy.carbon.grid_factor]\npoints = { 2019 = 0.2 }\n"
        "[energy.aluminium.output]\npoints = { 2020 = 40 }"
    )
    message = broken(tmp_path, text, run=True)
    assert "energy.carbon.grid_factor: points [2019] are not after the base year 2020" in message
    assert "energy.aluminium.output" in message


def test_an_unknown_shipped_project_names_the_nearest(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text(
        HEAD.replace('extends = "plan"', 'extends = "plan"\nshipped_projects = ["park_ladu"]'),
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match="Did you mean 'park_ledu'"):
        hs.project(hs.load_scenario(path))
