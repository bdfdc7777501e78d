"""The committed calibration is what the scripts compute, is complete, and hangs together."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import runpy
import sys
import tomllib
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from haidong_sim.axes import SECTORS
from haidong_sim.errors import EstimationError, OutputError
from haidong_sim.estimation.calibrate import RESULTS, calibrate, check_drift, read_results, write_results
from haidong_sim.estimation.inputs import load_inputs
from haidong_sim.place import load_registry
from haidong_sim.resources import resource_folder
from haidong_sim.scenario.drivers import DRIVERS

FOLDER = Path(__file__).parents[3] / "calibration"


@pytest.fixture(scope="module")
def committed():
    folder = resource_folder("calibration")
    return {name: tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in RESULTS}


@pytest.fixture(scope="module")
def drivers(committed):
    return {key: item for tables in committed.values() for key, item in tables.get("drivers", {}).items()}


@pytest.fixture
def run_all(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "steps", raising=False)
    return runpy.run_path(str(FOLDER / "run_all.py"))["main"]


@pytest.mark.slow
def test_run_all_check_reproduces_the_committed_results(run_all, capsys):
    assert run_all(["--check"]) == 0
    assert capsys.readouterr().out.count("as committed") == len(RESULTS)


def test_check_exits_with_one_and_shows_the_difference(run_all, capsys, monkeypatch, tmp_path):
    for name in RESULTS:
        text = (FOLDER / "results" / f"{name}.toml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    energy = tmp_path / "energy.toml"
    tables = read_results(energy)
    tables["drivers"]["energy_intensity"]["mean"] = -0.5
    with pytest.raises(OutputError, match="exists"):
        write_results(energy, tables)
    write_results(energy, tables, force=True)
    monkeypatch.setattr(sys.modules["steps"], "FOLDER", tmp_path)
    only = {"energy": RESULTS["energy"]}
    monkeypatch.setitem(run_all.__globals__, "RESULTS", only)
    assert run_all(["--check"]) == 1
    shown = capsys.readouterr().out
    assert "drivers.energy_intensity.mean: committed -0.5, computed -0.02" in shown


def test_drift_reports_lost_new_and_changed():
    lines = check_drift({"a": 1.0, "b": [1.0, 2.0], "c": "x"}, {"a": 1.0 + 1e-9, "b": [1.0, 2.1], "d": 0})
    assert lines == [
        "c: 'x' is no longer computed",
        "d: 0 is new",
        "b[1]: committed 2.0, computed 2.1",
    ]


def test_results_files_refuse_gaps(tmp_path):
    with pytest.raises(EstimationError, match=r"x\.toml: a\.b is nan; nothing was written"):
        write_results(tmp_path / "x.toml", {"a": {"b": float("nan")}})
    assert not (tmp_path / "x.toml").exists()
    with pytest.raises(EstimationError, match="does not exist"):
        read_results(tmp_path / "x.toml")


def test_every_driver_carries_its_evidence(drivers):
    for name, item in drivers.items():
        assert item["provenance"] in {"calibrated", "assumption"}, name
        assert (FOLDER / item["script"]).is_file(), name
        assert item["source"], name
        assert len(item["data_hash"]) == 12, name
        assert item["n"] >= 1, name
        posterior = item["posterior"]
        for part in ("mean", "annual_sd", "persistence"):
            assert np.all(np.diff(posterior[part]) >= 0.0), (name, part)
            assert len(posterior[part]) == len(posterior["probability"])
        assert posterior["annual_sd"][0] > 0.0
        assert posterior["mean"][0] < item["mean"] < posterior["mean"][-1]


def test_a_hash_is_that_of_the_text_of_the_rows_used(drivers):
    """Consumer prices rest on the province's yearly index alone: hashed here from the file itself."""
    cells = (
        "indicator", "region", "year", "value", "unit", "price_basis", "vintage", "vintage_group", "source",
        "confidence",
    )  # fmt: skip
    folder = resources.files("haidong_sim.place").joinpath("data", "haidong")
    table = csv.DictReader(io.StringIO(folder.joinpath("series.csv").read_text(encoding="utf-8")))
    rows = [
        "\t".join(row[cell] for cell in cells)
        for row in table
        if (row["indicator"], row["region"]) == ("consumer_price_index_previous_year", "province")
        and row["confidence"] != "low"
    ]
    assert len(rows) == drivers["consumer_prices"]["n"]
    expected = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:12]
    assert drivers["consumer_prices"]["data_hash"] == expected


def test_every_hash_that_a_scenario_names_is_one_of_the_results(committed):
    known = set(re.findall(r"'data_hash': '([0-9a-f]{12})'", repr(committed)))
    named = [
        found
        for path in [*resource_folder("scenarios").glob("*.toml"), FOLDER / "trend_from_2020.toml"]
        for found in re.findall(r"data ([0-9a-f]{12})", path.read_text(encoding="utf-8"))
    ]
    assert named
    assert set(named) <= known


def test_the_drivers_that_a_scenario_needs_are_there(drivers):
    wanted = {
        *SECTORS, "rest_of_province", "deflator", "deflator_rest_of_province", "population", "urbanization",
        "income", "urban_rural_ratio", "energy_intensity", "consumer_prices", "nation",
        "province_urbanization",
    }  # fmt: skip
    assert wanted <= set(drivers)
    assert wanted <= set(DRIVERS)


def test_the_parts_reproduce_the_scatter_of_the_share(committed, drivers):
    """Var(Δlogit s) from sectors, deflators and loadings equals the variance estimated on the share."""
    loadings = committed["dependence"]["factors"]["province"]["loadings"]
    shares = np.array([0.151, 0.379, 0.470])
    own = np.array([drivers[s]["annual_sd"] * np.sqrt(1.0 - loadings[s] ** 2) for s in SECTORS])
    common = np.array([drivers[s]["annual_sd"] * loadings[s] for s in SECTORS])
    rest = drivers["rest_of_province"]
    # The common shock moves city and rest alike, so only own shocks remain in the gap.
    assert shares @ common == pytest.approx(rest["annual_sd"] * loadings["rest_of_province"], abs=1e-5)
    prices = committed["dependence"]["factors"]["prices"]["loadings"]
    city, other = drivers["deflator"], drivers["deflator_rest_of_province"]
    relative = (
        city["annual_sd"] ** 2
        + other["annual_sd"] ** 2
        - 2.0
        * prices["deflator"]
        * prices["deflator_rest_of_province"]
        * city["annual_sd"]
        * other["annual_sd"]
    )
    gap = committed["growth"]["estimates"]["share_gap_annual_sd"]["value"]
    assert (shares**2) @ own**2 + relative == pytest.approx(gap**2, rel=1e-3)


def test_the_gap_trend_is_the_sum_of_its_parts(committed, drivers):
    """Mean of Δlogit s = real lead over the rest plus relative deflator."""
    shares = np.array([0.151, 0.379, 0.470])
    city = shares @ [drivers[s]["mean"] for s in SECTORS]
    real = city - drivers["rest_of_province"]["mean"]
    relative = drivers["deflator"]["mean"] - drivers["deflator_rest_of_province"]["mean"]
    assert real + relative == pytest.approx(
        committed["growth"]["estimates"]["share_gap_mean"]["value"], abs=1e-5
    )


def test_city_and_rest_move_together_as_the_method_supposes(committed):
    """METHOD 8: correlation of city and rest between .3 and .9; V5 uses .6."""
    assert 0.3 < committed["dependence"]["city_and_rest_of_province_real_growth_correlation"] < 0.9


def test_score_card_is_published_as_it_came_out(committed):
    card = committed["score_card"]
    rolling = {row["forecaster"]: row for row in card["against"] if row["exercise"] == "rolling"}
    assert set(rolling) >= {
        "random_walk",
        "ar1_plugged_in",
        "historical_mean",
        "parent_plus_gap",
        "plan_target",
    }
    assert rolling["plan_target"]["crps_ratio"] < 1.0
    assert {row["exercise"] for row in card["against"]} == {"rolling", "frozen_2015", "frozen_2020"}
    regions = {row["region"] for row in card["cases"]}
    assert regions == {"city", "province", "nation"}


def test_own_series_change_the_results(committed):
    own = pd.DataFrame(
        {
            "indicator": "gdp_growth", "region": "city", "year": range(2021, 2025),
            "value": [0.02, 0.01, 0.03, 0.02],
            "unit": "fraction per year", "price_basis": "comparable", "vintage": "bulletins",
            "vintage_group": "not_revised", "source": "mine", "confidence": "high",
        }
    )  # fmt: skip
    mine = calibrate(load_inputs(load_registry("haidong"), own))
    assert "score_card" not in mine
    slower = mine["growth"]["estimates"]["real_gap_mean"]["value"]
    assert slower < committed["growth"]["estimates"]["real_gap_mean"]["value"] - 0.002
    assert mine["growth"]["drivers"]["tertiary"]["mean"] < committed["growth"]["drivers"]["tertiary"]["mean"]


def test_the_page_prints_the_score_card_of_the_results(committed):
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    names = {
        "random walk": "random_walk",
        "AR(1) plugged in": "ar1_plugged_in",
        "level above + historical gap": "parent_plus_gap",
        "plan target": "plan_target",
    }
    printed = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[1].split(" ")[0] in {"rolling", "frozen"}:
            name = names.get(cells[0], "historical_mean")
            printed[cells[1].replace(" ", "_"), name] = (int(cells[2]), int(cells[3]), float(cells[4]))
    computed = {
        (row["exercise"], row["forecaster"]): (row["cases"], row["cases_won"], round(row["crps_ratio"], 3))
        for row in committed["score_card"]["against"]
    }
    assert printed == computed
