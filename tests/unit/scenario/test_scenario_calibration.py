"""What a calibration lays under a scenario, number by number, and what it refuses."""

from __future__ import annotations

import math
import shutil
import tomllib
from pathlib import Path

import pytest

import haidong_sim as hs
from haidong_sim.errors import ScenarioError

RESULTS = Path(__file__).parents[3] / "calibration" / "results"
PLAN = 'extends = "plan"\n'


def results(file):
    return tomllib.loads((RESULTS / f"{file}.toml").read_text(encoding="utf-8"))


def written(folder, text, name="mine"):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return hs.load_scenario(path)


@pytest.mark.parametrize(
    ("file", "estimated", "driver"),
    [
        ("growth", "secondary", "secondary"),
        ("growth", "rest_of_province", "rest_of_province"),
        ("prices", "deflator", "deflator"),
        ("people", "population_rest_of_province", "province_population"),
        ("energy", "energy_intensity", "energy_intensity"),
    ],
)
@pytest.mark.parametrize("name", ["plan", "high", "low"])
def test_dispersion_is_the_estimate(name, file, estimated, driver):
    found = hs.load_scenario(name).uncertainty[driver]
    table = results(file)["drivers"][estimated]
    for key in ("trend_sd", "annual_sd", "persistence"):
        assert getattr(found, key) == table[key]
    assert found.degrees_of_freedom == table.get("degrees_of_freedom")
    assert found.posterior.probability == table["posterior"]["probability"]
    sizes = [found.annual_sd * ratio for ratio in found.posterior.annual_sd_ratio]
    assert sizes == pytest.approx(table["posterior"]["annual_sd"], rel=1e-6, abs=1e-7)
    persistences = [found.persistence + shift for shift in found.posterior.persistence_shift]
    assert persistences == pytest.approx(table["posterior"]["persistence"], abs=1e-6)
    assert found.provenance == "calibrated"
    assert table["script"] in found.source
    assert table["data_hash"] in found.source


def test_factors_are_the_estimate_with_loadings_of_their_own_for_trends():
    factor = hs.load_scenario("plan").dependence.factors["province"]
    table = results("dependence")["factors"]["province"]
    assert factor.loadings == table["loadings"]
    assert factor.trend_loadings == table["trend_loadings"]
    assert factor.loadings != factor.trend_loadings
    assert (factor.provenance, "05_dependence.py" in factor.source) == ("calibrated", True)


def test_a_judged_spread_does_not_pass_for_an_estimate():
    assert results("people")["drivers"]["urbanization"]["provenance"] == "assumption"
    assert hs.load_scenario("plan").uncertainty["urbanization"].provenance == "assumption"


def test_own_numbers_lie_above_and_say_so(tmp_path):
    mine = written(tmp_path, PLAN + "[uncertainty.secondary]\nannual_sd = 0.03\n").uncertainty["secondary"]
    plan = hs.load_scenario("plan").uncertainty["secondary"]
    assert (mine.annual_sd, mine.persistence, mine.posterior) == (0.03, plan.persistence, plan.posterior)
    # Nothing says where the new number is from, so the table is an assumption.
    assert (mine.provenance, mine.source) == ("assumption", "")


def test_paths_of_kind_calibrated_are_the_estimated_trends():
    paths = hs.load_scenario("trend").paths
    table = results("growth")["drivers"]["province"]
    after = paths["province"].after
    assert after.growth == pytest.approx(math.expm1(table["mean"]), abs=1e-6)
    assert after.low == pytest.approx(math.expm1(table["posterior"]["mean"][0]), abs=1e-6)
    assert after.provenance == "calibrated"
    assert table["data_hash"] in after.source
    # The slope of a logit is a log change as it stands.
    slope = results("people")["drivers"]["urbanization"]["mean"]
    assert paths["urbanization"].growth == pytest.approx(slope, abs=1e-6)
    lead = results("growth")["estimates"]["real_gap_mean"]["value"]
    assert paths["total"].parts[1].growth == pytest.approx(math.expm1(lead), abs=1e-6)


@pytest.mark.parametrize("name", hs.bundled_scenarios())
def test_a_resolved_scenario_needs_no_calibration(name, tmp_path, monkeypatch):
    scenario = hs.load_scenario(name)
    text = scenario.to_toml()
    tables = tomllib.loads(text)
    assert "calibration" not in tables
    assert 'kind = "calibrated"' not in text
    monkeypatch.setattr("haidong_sim.scenario.calibrated.resource_folder", lambda _: tmp_path)
    again = written(tmp_path, text, "resolved")
    assert again.diff(scenario) == {}
    one, two = (hs.simulate(part, draws=512, rng=1, indicators=["gdp_growth"]) for part in (scenario, again))
    assert one.frame()["value"].tolist() == two.frame()["value"].tolist()


def test_a_calibration_of_ones_own_is_a_folder_beside_the_file(tmp_path, monkeypatch):
    shutil.copytree(RESULTS, tmp_path / "mine")
    growth = (tmp_path / "mine" / "growth.toml").read_text(encoding="utf-8")
    sd = results("growth")["drivers"]["secondary"]["trend_sd"]
    (tmp_path / "mine" / "growth.toml").write_text(growth.replace(f"trend_sd = {sd}", "trend_sd = 0.017"))
    monkeypatch.chdir("/")
    scenario = written(tmp_path, PLAN + 'calibration = "mine"\n')
    assert scenario.uncertainty["secondary"].trend_sd == 0.017


def test_without_a_calibration_nothing_is_laid_under():
    assert hs.load_scenario("reference").uncertainty == {}
    assert hs.load_scenario("reference").dependence.factors == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('calibration = "haidon"\n', "unknown calibration 'haidon'. Did you mean 'haidong'?"),
        ("calibration = 5\n", "calibration: 5 is not a name"),
        ('[paths.total]\nkind = "calibrated"\ndriver = "provinc"\n', "Did you mean 'province'?"),
        (
            'without = ["calibration"]\n[paths.tertiary]\nkind = "calibrated"\n',
            "paths.tertiary: kind 'calibrated' needs the key `calibration`",
        ),
        (
            "[uncertainty.primary.posterior]\nannual_sd_ratio = [1.0, 0.9]\n",
            "annual_sd_ratio needs 5 numbers that rise",
        ),
        ("[dependence.factors.new]\n", "a factor needs loadings or trend_loadings"),
        ("[dependence.factors.new]\ntrend_loadings = { tertiary = 1.5 }\n", "1.5 is not allowed"),
    ],
)
def test_refusals(text, words, tmp_path):
    with pytest.raises(ScenarioError) as caught:
        written(tmp_path, PLAN + text)
    assert words in str(caught.value)


def test_a_damaged_calibration_names_file_and_key(tmp_path):
    shutil.copytree(RESULTS, tmp_path / "mine")
    prices = tmp_path / "mine" / "prices.toml"
    prices.write_text(prices.read_text(encoding="utf-8").replace("annual_sd", "yearly_sd"), encoding="utf-8")
    with pytest.raises(ScenarioError, match="lacks the key 'annual_sd'"):
        written(tmp_path, PLAN + 'calibration = "mine"\n')
    prices.unlink()
    with pytest.raises(ScenarioError, match=r"prices\.toml: cannot be read"):
        written(tmp_path, PLAN + 'calibration = "mine"\n')
