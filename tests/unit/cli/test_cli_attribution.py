"""`haidong-sim compare --attribute`: which part of the scenario makes the difference."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from haidong_sim.cli.application import build_application

TOY = Path(__file__).parents[2] / "toy_district"


def test_the_changed_path_is_named_with_the_whole_difference(tmp_path):
    text = (TOY / "toy.toml").read_text(encoding="utf-8")
    text = text.replace('place = "registry"', f'place = "{TOY / "registry"}"')
    (tmp_path / "slow.toml").write_text(text, encoding="utf-8")
    (tmp_path / "fast.toml").write_text(text.replace("growth = 0.06", "growth = 0.07"), encoding="utf-8")
    names = [str(tmp_path / f"{name}.toml") for name in ("slow", "fast")]
    asked = ["--attribute", "gdp_volume_index", "--attribute", "t_share", "--out", str(tmp_path / "why")]
    arguments = ["compare", *names, "--draws", "512", *asked]
    result = CliRunner(env={"COLUMNS": "100"}).invoke(build_application(), arguments)
    assert result.exit_code == 0, result.output
    assert "mean over all orders of switching (Shapley over blocks)" in result.stdout
    together = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("together")]
    assert len(together) == 2
    assert all(word.startswith("+") for word in together)
    assert max(map(len, result.stdout.splitlines())) <= 100
    figures = {path.name for path in (tmp_path / "why").iterdir()}
    assert {"gdp_volume_index.png", "gdp_volume_index_zh.svg", "t_share.svg"} <= figures
