"""A run on disk is whole or absent, says what it is, and comes out again."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.errors import OutputError, ScenarioError
from haidong_sim.run.run_files import registry_hash, save_result
from haidong_sim.run.saving import require_free
from haidong_sim.run.verifying import NUMBERS, open_saved, read_table

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"


@pytest.fixture(scope="module")
def result():
    return hs.simulate(TOY, draws=1024, rng=3, indicators=("gdp_share_of_province", "gdp_growth"))


@pytest.fixture
def folder(result, tmp_path):
    return result.save(tmp_path / "run")


def test_manifest_is_written_after_all_that_it_lists(result, tmp_path, monkeypatch):
    written = []
    for name in ("write_text", "write_bytes"):
        real = getattr(Path, name)

        def record(self, *arguments, real=real, **options):
            written.append(self.name)
            return real(self, *arguments, **options)

        monkeypatch.setattr(Path, name, record)
    result.save(tmp_path / "run")
    assert written[-1] == "manifest.json"
    assert set(written) >= {"scenario.resolved.toml", "indicators.csv", "targets.csv", "assumptions.csv"}


def test_manifest_says_how_to_repeat_the_run(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["entropy"] == "3"
    assert (manifest["draws"], manifest["sampler"], manifest["base_year"]) == (1024, "sobol", 2020)
    assert set(manifest["files"]) == {
        "scenario.resolved.toml", "indicators.csv", "targets.csv", "assumptions.csv",
    }  # fmt: skip
    assert {"numpy", "scipy", "pandas"} <= set(manifest["packages"])


def test_saved_scenario_is_the_scenario(result, folder):
    assert hs.load_scenario(folder / "scenario.resolved.toml") == result.scenario


def test_tables_read_back_are_the_same_bits(result, folder):
    for name, table in (("indicators.csv", result.frame()), ("targets.csv", result.check())):
        saved = read_table(folder / name)
        assert list(saved.columns) == list(table.columns)
        for column in table.columns:
            if column in NUMBERS:
                left, right = saved[column].astype(float), table[column].astype(float)
                np.testing.assert_array_equal(left.to_numpy(), right.to_numpy())
            else:
                assert saved[column].fillna("").tolist() == table[column].fillna("").astype(str).tolist()


def test_a_full_disk_leaves_nothing_and_keeps_the_earlier_result(result, folder, monkeypatch):
    before = (folder / "targets.csv").read_bytes()
    real = Path.write_bytes

    def full(self, data):
        if self.name == "targets.csv":
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left on device"):
        result.save(folder, force=True)
    with pytest.raises(OutputError, match="No space left"):
        result.save(folder.parent / "other")
    assert [path.name for path in folder.parent.iterdir()] == ["run"]
    assert (folder / "targets.csv").read_bytes() == before


def test_a_failing_finish_leaves_nothing(result, tmp_path):
    def fail(draft):
        assert (draft.folder / "targets.csv").is_file()
        raise ScenarioError("no page today")

    with pytest.raises(ScenarioError):
        save_result(result, tmp_path / "run", finish=fail)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_result_is_never_replaced(result, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("years of work")
    (tmp_path / "file").write_text("no folder")
    for name, what in (("thesis", "chapter"), ("file", r"file \(no folder\)")):
        with pytest.raises(OutputError, match="exists"):
            require_free(tmp_path / name)
        with pytest.raises(OutputError, match=rf"nothing in it was touched. In the way: {what}"):
            result.save(tmp_path / name, force=True)


def test_an_untouched_run_is_accepted_and_comes_out_again(folder):
    assert hs.verify_result(folder) == []
    assert hs.verify_result(folder, rerun=True) == []


def test_a_path_without_shocks_is_verified_too(tmp_path):
    folder = hs.project(TOY).save(tmp_path / "path")
    assert hs.verify_result(folder, rerun=True) == []


def test_statistics_of_draws_may_differ_by_a_part_of_their_sampling_error(folder, result):
    """On another processor q05 of a share moved by 3% of its error; a tenth of the error is a difference."""
    path = folder / "indicators.csv"
    before = path.read_text(encoding="utf-8")
    table = read_table(path)
    scattered = table[(table["statistic"] == "sd") & (table["value"] > 0.0)].iloc[-1]
    rows = table[(table["indicator"] == scattered["indicator"]) & (table["year"] == scattered["year"])]
    values = dict(zip(rows["statistic"], rows["value"], strict=True))
    # Of 5% and 95% quantiles of a normal: √(0.05·0.95)/φ(1.645) = 2.113 times sd/√n.
    error = 2.113 * values["sd"] / float(np.sqrt(result.draws))
    for part, is_same in ((0.04, True), (0.1, False)):
        path.write_text(
            before.replace(repr(values["q05"]), repr(values["q05"] + part * error)), encoding="utf-8"
        )
        cells = [line for line in hs.verify_result(folder, rerun=True) if "column value" in line]
        assert (not cells) == is_same


def test_one_changed_digit_is_found_with_line_and_column(folder):
    path = folder / "indicators.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    head, _, value = lines[8].rpartition(",")
    lines[8] = f"{head},{float(value) * 1.01!r}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    findings = hs.verify_result(folder)
    assert findings[0].startswith("indicators.csv: its content")
    assert findings[1].startswith("indicators.csv line 9, column value:")
    assert len(findings) == 2


def test_changed_text_missing_rows_and_missing_files_are_found(folder):
    targets = folder / "targets.csv"
    text = targets.read_text(encoding="utf-8")
    targets.write_text(text.replace(",missed,", ",met,", 1), encoding="utf-8")
    assert any("column status: met, but the run gives missed" in line for line in hs.verify_result(folder))
    targets.write_text("".join(text.splitlines(keepends=True)[:-1]), encoding="utf-8")
    assert any("11 rows, but the run has 12" in line for line in hs.verify_result(folder))
    targets.unlink()
    assert "targets.csv: is missing" in hs.verify_result(folder)


def test_an_altered_scenario_is_not_run_again(folder):
    path = folder / "scenario.resolved.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("0.05", "0.06", 1), encoding="utf-8")
    findings = hs.verify_result(folder, rerun=True)
    assert findings[-1].startswith("the run was not repeated")


def test_a_changed_registry_is_noticed(folder, result):
    rows = tuple(
        replace(row, value=1100.0) if row.name == "gdp_current" else row
        for row in result.registry.baseline_values
    )
    changed = replace(result.registry, baseline_values=rows)
    findings = hs.verify_result(folder, rerun=True, registry=changed)
    assert findings[0].startswith("registry: the published facts have changed")
    assert any(finding.startswith("indicators.csv line") for finding in findings)
    assert registry_hash(changed) != registry_hash(result.registry)


@pytest.mark.parametrize("content", ["", "[1, 2]", "{}", '{"files": {}, "entropy": "x"}'])
def test_a_broken_manifest_is_refused(folder, content):
    (folder / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(OutputError):
        hs.verify_result(folder, rerun=True)


def test_an_interrupted_run_is_not_taken_for_one_that_can_be_repeated(result, tmp_path):
    folder = replace(result, is_partial=True).save(tmp_path / "run")
    assert hs.verify_result(folder) == []
    with pytest.raises(OutputError, match="interrupted"):
        hs.verify_result(folder, rerun=True)


def test_other_versions_are_named_where_numbers_differ(folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["packages"]["numpy"] = "1.0"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert hs.verify_result(folder, rerun=True) == []
    (folder / "targets.csv").write_text("target_id\n", encoding="utf-8")
    assert "numpy 1.0 (here" in hs.verify_result(folder)[-1]


def test_a_folder_without_a_manifest_holds_no_run(tmp_path):
    with pytest.raises(OutputError, match="no saved run"):
        open_saved(tmp_path)


def test_comparison_asks_for_common_random_numbers():
    runs = [hs.simulate(TOY, draws=256, rng=seed, indicators=("gdp_growth",)) for seed in (1, 2)]
    scenario = runs[0].scenario.derive("other", {"paths.tertiary.growth": 0.07})
    other = hs.simulate(scenario, draws=256, rng=2, indicators=("gdp_growth",))
    with pytest.raises(ScenarioError, match="share a name"):
        hs.compare(runs)
    with pytest.raises(ScenarioError, match="different random numbers"):
        hs.compare([runs[0], other])
    table = hs.compare([runs[1], other])
    difference = table[(table["year"] == 2021) & (table["statistic"] == "median")]["difference"]
    # The tertiary sector is half of GDP and grows by one more point.
    assert difference.iloc[0] == pytest.approx(0.005, abs=0.0003)
