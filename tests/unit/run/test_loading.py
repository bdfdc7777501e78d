"""A saved run opened again: what the files hold, what is made again, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import haidong_sim as hs
from haidong_sim.errors import ModelError, OutputError

TOY = Path(__file__).parents[2] / "toy_district"


@pytest.fixture(scope="module")
def run():
    return hs.simulate(TOY / "toy.toml", draws=1024, rng=3, keep=["gdp_growth"])


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    return run.save(tmp_path_factory.mktemp("saved") / "run")


@pytest.fixture
def opened(folder):
    return hs.load_result(folder)


def _without_gaps(table):
    # A file does not tell an empty text from a missing one.
    return table.astype(object).where(table.notna() & (table != ""), None)


def _changed(folder, tmp_path, **changes):
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8")) | changes
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return copy


def test_tables_scenario_and_manifest_are_those_of_the_run(run, opened):
    pd.testing.assert_frame_equal(opened.frame(), run.frame(), check_dtype=False)
    pd.testing.assert_frame_equal(
        _without_gaps(opened.check()), _without_gaps(run.check()), check_dtype=False
    )
    pd.testing.assert_frame_equal(
        _without_gaps(opened.assumptions().drop(columns="rank")),
        _without_gaps(run.assumptions().drop(columns="rank")),
        check_dtype=False,
    )
    assert (opened.scenario, opened.registry, opened.draws, opened.entropy) == (
        run.scenario, run.registry, 1024, 3,
    )  # fmt: skip
    assert opened.manifest["scenario"] == "toy"
    assert opened.statistics("gdp_growth", 2030) == pytest.approx(run.statistics("gdp_growth", 2030))
    assert repr(opened) == repr(run)


def test_the_files_are_read_and_not_computed(folder, tmp_path):
    copy = _changed(folder, tmp_path)
    table = pd.read_csv(copy / "indicators.csv")
    table["value"] += 1000.0
    table.to_csv(copy / "indicators.csv", index=False)
    assert hs.load_result(copy).statistics("gdp_growth", 2030)["median"] > 999.0


def test_what_no_file_holds_is_counted_on_the_same_draws(run, opened):
    pair = ["t_share", "t_doubling"]
    assert opened.joint_probability(pair) == run.joint_probability(pair)
    quantiles = [opened.quantiles("gdp_current", [0.01, 0.99]), run.quantiles("gdp_current", [0.01, 0.99])]
    pd.testing.assert_frame_equal(*quantiles)
    pd.testing.assert_frame_equal(hs.verdict(opened, pair).frame(), hs.verdict(run, pair).frame())
    assert opened.chances == run.chances


def test_a_saved_run_is_a_subject_like_any_other(run, opened):
    pd.testing.assert_frame_equal(
        hs.compare([opened, hs.load_scenario("plan")], registry=None).drop(columns="scenario"),
        hs.compare([run, hs.load_scenario("plan")]).drop(columns="scenario"),
        check_dtype=False,
    )
    found = [hs.sensitivity(one, "t_share", draws=256).frame() for one in (opened, run)]
    pd.testing.assert_frame_equal(*found)


def test_draws_are_not_saved_and_come_again_on_demand(run, opened):
    with pytest.raises(ModelError, match=r"holds no draws; simulate\(result, keep=\['gdp_growth'\]\)"):
        opened["gdp_growth"]
    again = hs.simulate(opened, keep=["gdp_growth"])
    assert (again["gdp_growth"] == run["gdp_growth"]).all()


def test_a_path_without_shocks_is_opened_too(tmp_path):
    path = hs.project(TOY / "toy.toml", indicators=["gdp_growth"])
    opened = hs.load_result(path.save(tmp_path / "path"))
    pd.testing.assert_frame_equal(opened.frame(), path.frame(), check_dtype=False)
    assert opened.part is None
    with pytest.raises(ModelError, match="no probabilities"):
        opened.joint_probability(["t_share"])


def test_a_folder_of_a_later_format_is_refused(folder, tmp_path):
    copy = _changed(folder, tmp_path, format=99, version="9.0")
    with pytest.raises(
        OutputError, match=r"format 99, written by version 9\.0; this version reads and writes format \d"
    ):
        hs.load_result(copy)
    with pytest.raises(OutputError, match="format 99"):
        hs.verify_result(copy)


@pytest.mark.parametrize("version", [None, "1", 0])
def test_a_folder_without_a_format_is_no_result(folder, tmp_path, version):
    with pytest.raises(OutputError, match="this version reads and writes format"):
        hs.load_result(_changed(folder, tmp_path, format=version))


def test_a_run_of_another_place_asks_for_its_registry(tmp_path):
    scenario = hs.load_scenario(TOY / "toy.toml").derive("elsewhere", {"place": "haidong"})
    run = hs.simulate(scenario, draws=256, rng=1, indicators=["gdp_growth"], registry=TOY / "registry")
    folder = run.save(tmp_path / "run")
    with pytest.raises(OutputError, match="one of 'toyshire', not of 'haidong'; say where"):
        hs.load_result(folder)
    opened = hs.load_result(folder, registry=TOY / "registry")
    assert opened.chances == run.chances


def test_draws_are_not_made_again_from_other_facts(folder, tmp_path):
    opened = hs.load_result(_changed(folder, tmp_path, registry_sha256="0" * 64))
    assert len(opened.check()) == 12
    with pytest.raises(OutputError, match="has changed since the run"):
        opened.joint_probability(["t_share"])


def test_an_interrupted_run_keeps_its_tables(folder, tmp_path):
    opened = hs.load_result(_changed(folder, tmp_path, is_partial=True))
    assert opened.is_partial
    assert len(opened.check()) == 12
    with pytest.raises(OutputError, match="cannot be repeated"):
        opened.joint_probability(["t_share"])
