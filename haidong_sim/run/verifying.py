"""A saved run read back, checked against its manifest, and run again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import OutputError, public
from haidong_sim.run.case import place_of
from haidong_sim.run.run_files import (
    ASSUMPTIONS,
    INDICATORS,
    SCENARIO,
    TARGETS,
    package_versions,
    registry_hash,
)
from haidong_sim.run.saving import MANIFEST, RUN, changed_files, read_manifest
from haidong_sim.run.simulate import project, simulate
from haidong_sim.scenario import load_scenario
from haidong_sim.words import WITHOUT_SHOCKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from haidong_sim.place import Registry
    from haidong_sim.run.case import RegistrySource
    from haidong_sim.run.result import Result
    from haidong_sim.scenario import Scenario

NUMBERS: Final = frozenset(
    {
        "year", "value", "threshold", "margin", "needed_rate", "break_even_year", "probability", "ci_low",
        "ci_high", "n", "needed_change", "threshold_high", "tolerance", "base_value", "base_year",
        "other_value", "other_probability", "deadline", "low", "high", "rank", "flips", "largest_move",
    }
)  # fmt: skip
"""Columns of the saved tables that hold numbers; every other one holds text, "n/a" included."""

TOLERANCE: Final = 1e-6
"""Largest relative difference of a repeated run: another processor may round the last digits otherwise."""

SAMPLING_PART: Final = 0.05
"""What statistics of draws may differ by besides, as a part of the error that as many plain draws have.

On another processor single precision rounds draws otherwise, the bins of a histogram may begin elsewhere, and
a draw on an edge may fall on its other side. No such difference matters beside the error of sampling.
"""

_MOST_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class SavedRun:
    """A run as it stands in a folder."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def entropy(self) -> int | None:
        """The resolved randomness of the run; None for a path without shocks."""
        text = self.manifest.get("entropy")
        return None if text is None else int(text)

    def table(self, name: str) -> pd.DataFrame:
        """Return one of the tables, such as "targets.csv".

        Raises
        ------
        OutputError
            If it is missing or no longer a table.
        """
        return read_table(self.folder / name)


def open_saved(folder: str | Path) -> SavedRun:
    """Return the run saved in `folder`.

    Raises
    ------
    OutputError
        If there is none: no folder, no manifest, one that is not ours or of a later version, or that of
        another kind of result.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    if manifest["kind"] != RUN:
        raise OutputError(f"'{place}' holds no saved run but a {manifest['kind']}")
    return SavedRun(folder=place, manifest=manifest)


def place_of_saved(saved: SavedRun, scenario: Scenario, registry: RegistrySource = None) -> Registry:
    """Return the place of a saved run: that of its scenario, unless the run was told another.

    Raises
    ------
    OutputError
        If this is not the place of the run.
    """
    place = place_of(scenario, registry)
    name = saved.manifest.get("place")
    if place.place.name != name:
        raise OutputError(
            f"the run in '{saved.folder}' is one of '{name}', not of '{place.place.name}'; say where the "
            "registry of its place is (registry=, --registry)"
        )
    return place


@public
def verify_result(
    folder: str | Path,
    *,
    rerun: bool = False,
    tolerance: float = TOLERANCE,
    registry: RegistrySource = None,
) -> list[str]:
    """Return what in a saved run differs from its manifest; an empty list if nothing does.

    Every file that the manifest lists is looked at, figures and page included; others beside them are not.
    With `rerun`, and always if a table was altered, the run is repeated from the resolved scenario and every
    number is compared within the relative `tolerance`, statistics of draws within `SAMPLING_PART` of
    their sampling error besides; differing cells are named by file, line and column.

    Raises
    ------
    OutputError
        If the folder holds no saved run.
    ScenarioError
        If the saved scenario cannot be run any more.
    """
    saved = open_saved(folder)
    changed = changed_files(saved.folder, saved.manifest)
    findings = [f"{name}: {what}" for name, what in changed.items()]
    if SCENARIO in changed:
        findings.append("the run was not repeated: its scenario is not the one that was run")
    elif rerun or not changed.keys().isdisjoint({INDICATORS, TARGETS, ASSUMPTIONS}):
        # Only a repeated run can tell which cell of an altered table is wrong.
        findings += _compare_again(saved, tolerance, registry)
    return findings


def read_table(path: Path) -> pd.DataFrame:
    """Return a saved table as it was in memory: empty cells are missing, "n/a" stays the text "n/a".

    Raises
    ------
    OutputError
        If the file is missing or no table.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, keep_default_na=False, dtype=str)
        table = table.where(table != "")
        for column in table.columns.intersection(list(NUMBERS)):
            table[column] = pd.to_numeric(table[column])
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise OutputError(f"'{path}' cannot be read as a table: {error}") from None
    return table


def repeat_run(saved: SavedRun, registry: RegistrySource = None) -> Result:
    """Return the run of a manifest, run again.

    Raises
    ------
    OutputError
        If it was interrupted, so that its draws are unknown, its manifest does not say enough, or its place
        is not the one at hand.
    """
    if saved.manifest.get("is_partial"):
        raise OutputError(f"the run in '{saved.folder}' was interrupted; a part of a run cannot be repeated")
    scenario = load_scenario(saved.folder / SCENARIO)
    place = place_of_saved(saved, scenario, registry)
    manifest = saved.manifest
    try:
        indicators: Sequence[str] = manifest["indicators"]
        if saved.entropy is None:
            return project(scenario, indicators=indicators, registry=place)
        return simulate(
            scenario,
            draws=manifest["draws"],
            rng=saved.entropy,
            sampler=manifest["sampler"],
            precision=manifest["precision"],
            indicators=indicators,
            registry=place,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OutputError(
            f"'{saved.folder / MANIFEST}' does not say how to repeat the run: {error!r}"
        ) from None


def _compare_again(saved: SavedRun, tolerance: float, registry: RegistrySource) -> list[str]:
    again = repeat_run(saved, registry)
    findings = []
    if registry_hash(again.registry) != saved.manifest.get("registry_sha256"):
        findings.append(
            "registry: the published facts have changed since the run; numbers may differ with them"
        )
    tables = {INDICATORS: again.frame(), TARGETS: again.check(), ASSUMPTIONS: again.assumptions()}
    for name, table in tables.items():
        if not (saved.folder / name).is_file():
            continue
        try:
            findings += _differences(name, saved.table(name), table, tolerance, again.draws)
        except OutputError as error:
            findings.append(str(error))
    if findings:
        findings += _other_packages(saved)
    return findings


def _other_packages(saved: SavedRun) -> list[str]:
    """Say with which other versions a run was made whose numbers no longer come out."""
    here = package_versions()
    then = {"haidong-sim": saved.manifest.get("version"), **saved.manifest.get("packages", {})}
    other = [f"{name} {then[name]} (here {here[name]})" for name in here if then.get(name) != here[name]]
    return [f"the run was made with {', '.join(other)}"] if other else []


def _differences(
    name: str, saved: pd.DataFrame, again: pd.DataFrame, tolerance: float, draws: int | None
) -> list[str]:
    if len(saved) != len(again):
        return [f"{name}: {len(saved)} rows, but the run has {len(again)}"]
    missing = [column for column in again.columns if column not in saved.columns]
    if missing:
        return [f"{name}: without the columns {', '.join(missing)}"]
    found = []
    slack = _sampling_slack(again, draws)
    for column in again.columns:
        allowed = slack.get(column, 0.0)
        for row in _unequal_rows(
            saved[column], again[column], tolerance if column in NUMBERS else None, allowed
        ):
            # Line 1 of the file is its head.
            cells = f"{saved[column].iloc[row]!s}, but the run gives {again[column].iloc[row]!s}"
            found.append(f"{name} line {row + 2}, column {column}: {cells}")
    more = [f"{name}: {len(found) - _MOST_SHOWN} more cells differ"] if len(found) > _MOST_SHOWN else []
    return found[:_MOST_SHOWN] + more


def _unequal_rows(
    saved: pd.Series, again: pd.Series, tolerance: float | None, slack: NDArray[np.float64] | float
) -> list[int]:
    import numpy as np
    import pandas as pd

    if tolerance is None:
        left_text, right_text = (cells.fillna("").astype(str).to_list() for cells in (saved, again))
        return [row for row, text in enumerate(right_text) if left_text[row] != text]
    left, right = (pd.to_numeric(cells).to_numpy(dtype=float) for cells in (saved, again))
    equal = np.isclose(left, right, rtol=tolerance, atol=1e-12 + slack, equal_nan=True)
    return np.flatnonzero(~equal).tolist()


def _widening(statistic: str) -> float:
    """Return the sampling error of a statistic in units of sd/√n, for a quantile as if draws were normal."""
    if statistic in {"mean", "sd"}:
        return 1.0
    if statistic == WITHOUT_SHOCKS:
        return 0.0
    level = 0.5 if statistic == "median" else float(f"0.{statistic[1:]}")
    normal = NormalDist()
    return math.sqrt(level * (1.0 - level)) / normal.pdf(normal.inv_cdf(level))


def _sampling_slack(table: pd.DataFrame, draws: int | None) -> dict[str, NDArray[np.float64]]:
    """Return by column, shape (row,), by how much numbers that count draws may differ beside rounding."""
    import numpy as np
    import pandas as pd

    if "statistic" in table.columns and draws:
        sd = table[table["statistic"] == "sd"].set_index(["indicator", "year"])["value"]
        of_row = sd.reindex(pd.MultiIndex.from_frame(table[["indicator", "year"]])).fillna(0.0).to_numpy()
        return {"value": SAMPLING_PART * of_row * table["statistic"].map(_widening) / np.sqrt(draws)}
    if "probability" not in table.columns:
        return {}
    n = pd.to_numeric(table["n"]).to_numpy(dtype=float)
    found = {}
    for column, chance in (
        ("probability", "probability"), ("ci_low", "probability"), ("ci_high", "probability"),
        ("other_probability", "other_probability"),
    ):  # fmt: skip
        p = pd.to_numeric(table[chance]).to_numpy(dtype=float)
        error = np.sqrt(np.clip(p * (1.0 - p), 0.0, None) / n)
        # A probability moves by whole draws, at least by one.
        found[column] = np.nan_to_num(np.maximum(SAMPLING_PART * error, 1.5 / n))
    return found
