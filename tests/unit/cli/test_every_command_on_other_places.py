"""Every command on two fictional places: it answers, or says in one clear error what the place lacks.

Toyshire has a little of everything but no history; Gegenau is unlike the bundled place wherever it can be: a
farming county of 2018 without energy, with one head count, two targets, and names in a third language.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

import haidong_sim as hs
from haidong_sim import load_registry
from haidong_sim.cli import commands
from haidong_sim.cli.application import build_application
from haidong_sim.errors import ScenarioError

TESTS = Path(__file__).parents[2]
HEAD = "indicator,year,value,unit,source\n"
TRACES = ("haidong.", "qinghai", "海东", "青海", "shandong", "xining", "西宁", "159%", "2020 census")
DRAWS = ("--draws", 512)


class Place(NamedTuple):
    scenario: Path
    registry: Path
    question: str
    target: str
    actuals: str
    lacks: dict[str, str]


PLACES = {
    "toyshire": Place(
        TESTS / "toy_district" / "toy.toml",
        TESTS / "toy_district" / "registry",
        "gdp_volume_index@2030>=1.6",
        "t_doubling",
        "gdp_share_of_province,2021,25.5,percent,yearbook\n",
        {
            "calibrate": "the registry of 'toyshire' has no calibration.toml",
            "energy": "no cuts of the two intensities are asked for",
            "energy study": "the registry has no target of the non-fossil share",
            "three-way": "no level target on 'gdp_share_of_province' and 'gdp_per_capita_ratio_to_province'",
        },
    ),
    "gegenau": Place(
        TESTS / "contrary_district" / "contrary.toml",
        TESTS / "contrary_district" / "registry",
        "gdp_volume_index@2033>=1.3",
        "z_verdopplung",
        "urbanization_rate,2019,20.5,percent,Jahrbuch\n",
        {
            "calibrate": "the registry of 'gegenland' has no calibration.toml",
            "energy": "scenario 'contrary' has no energy table",
            "energy study": "scenario 'contrary' has no energy table",
            "three-way": "no level target on 'gdp_share_of_province' and 'gdp_per_capita_ratio_to_province'",
        },
    ),
}


def run(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(build_application(), [str(word) for word in arguments])


@pytest.fixture(scope="module", params=PLACES)
def saved(request, tmp_path_factory):
    """A run of each place, made once, with the words that it printed."""
    folder = tmp_path_factory.mktemp(request.param) / "run"
    # Figures take nearly all of the time; those of Toyshire are drawn by the tests of `run` itself.
    figures = "--figures" if request.param == "gegenau" else "--no-figures"
    found = run("run", PLACES[request.param].scenario, *DRAWS, "--rng", 1, "--out", folder, figures)
    return PLACES[request.param], folder, found


@pytest.fixture
def place(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("actuals.csv").write_text(HEAD + saved[0].actuals, encoding="utf-8")
    return saved[0]


def arguments_of(name, place, folder):
    """Return the command line of one case."""
    scenario, registry = place.scenario, place.registry
    twin = Path("twin.toml")
    text = scenario.read_text(encoding="utf-8").replace('"registry"', f'"{registry.as_posix()}"', 1)
    text = re.sub(r"(\[paths\.tertiary\]\ngrowth = )[\d.]+", r"\g<1>0.045", text)
    twin.write_text(text, encoding="utf-8")
    lever = ("--probability", 0.5, "--lever", "tertiary.growth", "--draws", 512, "--rng", 1)
    return {
        "check": ("check", scenario, *DRAWS),
        "compare": ("compare", scenario, twin, *DRAWS),
        "compare attribute": (
            "compare", scenario, twin, *DRAWS, "--year", 2030, "--attribute", "gdp_share_of_province"
        ),
        "conflicts": ("conflicts", scenario),
        "three-way": ("conflicts", scenario, "--study", "three-way"),
        "energy": ("energy", scenario, *DRAWS),
        "energy study": ("energy", scenario, "--study"),
        "solve": ("solve", scenario, "--target", place.question, *lever),
        "monitor": ("monitor", scenario, "--observed", "actuals.csv", *DRAWS),
        "sensitivity": ("sensitivity", scenario, *DRAWS),
        "flips": ("sensitivity", scenario, "--method", "flips", "--target", place.target, *DRAWS),
        "calibrate": ("calibrate", "--registry", registry),
        "list targets": ("list", "targets", "--registry", registry),
        "list sources": ("list", "sources", "--registry", registry),
        "report": ("report", folder, "--no-figures", "--lang", "zh"),
        "verify": ("verify", folder),
        "verify again": ("verify", folder, "--rerun"),
    }[name]  # fmt: skip


CASES = (
    "check", "compare", "compare attribute", "conflicts", "three-way", "energy", "energy study", "solve",
    "monitor", "sensitivity", "flips", "calibrate", "list targets", "list sources", "report",
    "verify", "verify again",
)  # fmt: skip


def traces_of(text):
    """Return what of the bundled place stands in `text`, the package's own name apart."""
    text = re.sub(r"haidong[-_]sim", "", text).lower()
    return [word for word in TRACES if word in text]


def test_run_answers_and_its_files_speak_of_no_other_place(saved):
    _, folder, found = saved
    assert found.exit_code == 0, found.output
    assert traces_of(found.output) == []
    texts = [path for path in folder.rglob("*") if path.suffix in {".csv", ".json", ".toml", ".html", ".svg"}]
    assert {"indicators.csv", "targets.csv", "report.html"} <= {path.name for path in texts}
    for path in texts:
        assert traces_of(path.read_text(encoding="utf-8")) == [], path.name


@pytest.mark.parametrize("name", CASES)
def test_every_command_answers_or_says_what_the_place_lacks(saved, place, name):
    found = run(*arguments_of(name, place, saved[1]))
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    assert "Traceback" not in found.output
    assert traces_of(found.output) == []
    if name in place.lacks:
        assert found.exit_code == 2, found.output
        assert place.lacks[name] in found.output
    else:
        assert found.exit_code == 0, found.output


def test_no_command_is_forgotten():
    known = {path.stem for folder in commands.__path__ for path in Path(folder).glob("[a-z]*.py")}
    asked = {name.partition(" ")[0] for name in CASES} | {"run"}
    assert {"list" if name == "listing" else name for name in known} <= asked


def test_two_places_of_unlike_base_years_are_compared_year_by_year(tmp_path):
    found = run(
        "compare", PLACES["toyshire"].scenario, PLACES["gegenau"].scenario, *DRAWS, "--csv",
        "--indicator", "gdp_volume_index",
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    rows = [line.split(",") for line in found.stdout.splitlines()]
    head = rows[0]
    at = {
        (row[head.index("year")], row[head.index("statistic")]): row
        for row in rows[1:]
        if row[head.index("indicator")] == "gdp_volume_index"
    }
    # Toyshire starts from 1 in 2020, Gegenau in 2018: in 2021 the mean difference is that of the two means.
    mean, paired = at["2021", "mean"], at["2021", "paired_mean"]
    difference = head.index("difference")
    assert float(paired[difference]) == pytest.approx(float(mean[difference]), abs=2e-4)


def test_history_is_no_place_s_but_its_own():
    assert load_registry(PLACES["toyshire"].registry).limits == ()
    assert load_registry(PLACES["toyshire"].registry).caps == ()
    found = run("conflicts", PLACES["toyshire"].scenario)
    lacking = "growth, gap_to_rest, drift, urbanization, intensity"
    assert f"No limit from history, the data of this place hold none: {lacking}." in found.output
    asked = run("solve", PLACES["toyshire"].scenario, "--target", "t_share", "--probability", 0.3,
                "--lever", "tertiary.growth", "--draws", 512, "--rng", 1)  # fmt: skip
    assert "Not compared with history: the data of this place hold no limits." in asked.output


def test_a_scenario_without_energy_is_audited_and_refuses_what_would_change_nothing():
    scenario = hs.load_scenario(PLACES["gegenau"].scenario)
    assert hs.audit(scenario, draws=256) == []
    assert "energy_intensity" not in hs.project(scenario).indicators
    with pytest.raises(ScenarioError, match="has no energy table and projects nothing of energy"):
        hs.project(scenario, indicators=["energy_intensity"])
    with pytest.raises(ScenarioError, match="has no energy table to answer it"):
        hs.attainment_probability(scenario, "energy_intensity@2030<=1", rng=1)
    scattered = scenario.derive("x", {"uncertainty.energy_intensity": {"trend_sd": 0.01, "annual_sd": 0.01}})
    with pytest.raises(ScenarioError, match=r"uncertainty.energy_intensity: changes nothing"):
        hs.project(scattered)


def test_targets_of_energy_are_not_assessable_without_an_energy_table(tmp_path):
    text = PLACES["toyshire"].scenario.read_text(encoding="utf-8")
    text = text.replace('"registry"', f'"{PLACES["toyshire"].registry.as_posix()}"', 1)
    (tmp_path / "bare.toml").write_text(text[: text.index("[energy]")], encoding="utf-8")
    rows = hs.project(tmp_path / "bare.toml").check().set_index("target_id")
    assert rows.loc["t_intensity", "status"] == "not_assessable"
    assert rows.loc["t_clean", "reason"] == "the scenario has no energy table"
    whole = hs.project(PLACES["toyshire"].scenario).check().set_index("target_id")
    assert rows.loc["t_share", "value"] == whole.loc["t_share", "value"]
