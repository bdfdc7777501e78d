"""A saved run opened again: its tables as they were written, its draws made again only if asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from haidong_sim.errors import ModelError, OutputError, public
from haidong_sim.run.program import compile_scenario
from haidong_sim.run.result import Result
from haidong_sim.run.run_files import ASSUMPTIONS, INDICATORS, SCENARIO, TARGETS, registry_hash
from haidong_sim.run.simulate import path_without_shocks
from haidong_sim.run.verifying import open_saved, place_of_saved, repeat_run
from haidong_sim.scenario import load_scenario

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from haidong_sim.questions import Chance
    from haidong_sim.run.case import RegistrySource
    from haidong_sim.run.summary import Part
    from haidong_sim.run.verifying import SavedRun


@dataclass(frozen=True, kw_only=True, repr=False)
class SavedResult(Result):
    """A result read from a folder.

    `frame`, `check`, `statistics`, `assumptions` and `manifest` come from the files. What no file holds
    (other quantiles, joint probabilities) is counted on the same draws, made again from the entropy of the
    run when it is first asked for. Draws that were kept are not saved.
    """

    saved: SavedRun

    def __post_init__(self) -> None:
        # The field gives way to the property of the same name below, which runs again.
        self.__dict__.pop("part", None)

    @cached_property  # type: ignore[misc]
    def part(self) -> Part | None:
        """The counts of all draws, made again from the entropy; None for a path without shocks."""
        return None if self.entropy is None else self._again.part

    @cached_property
    def chances(self) -> dict[str, Chance]:
        """Probability of each target, from the draws made again."""
        return {} if self.entropy is None else self._again.chances

    @cached_property
    def _again(self) -> Result:
        if registry_hash(self.registry) != self.saved.manifest.get("registry_sha256"):
            raise OutputError(
                f"what is published about '{self.registry.place.name}' has changed since the run in "
                f"'{self.saved.folder}': its tables stand, its draws cannot be made again"
            )
        return repeat_run(self.saved, self.registry)

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What was written about the run: when, how, by which versions, with which files."""
        return self.saved.manifest

    def frame(self) -> pd.DataFrame:
        """Return everything in tidy form, one row per indicator, year and statistic, as it was saved."""
        return self._read(INDICATORS).copy()

    def check(self) -> pd.DataFrame:
        """Return one row per target, as it was saved."""
        return self._read(TARGETS).copy()

    def statistics(self, name: str, year: int) -> dict[str, float]:
        """Return the saved statistics of an indicator in a year."""
        self._require_indicator(name)
        table = self._read(INDICATORS)
        rows = table[(table["indicator"] == name) & (table["year"] == year)]
        if rows.empty:
            years = self.years
            raise ModelError(f"year: {year} is outside {years[0]} … {years[-1]}")
        found = dict(zip(rows["statistic"], rows["value"].astype(float), strict=True))
        return {**found, "q50": found["median"]} if "median" in found else found

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Raise: draws are not saved."""
        raise ModelError(
            f"'{self.saved.folder}' holds no draws; simulate(result, keep=['{name}']) makes them again"
        )

    @cached_property
    def _assumptions(self) -> pd.DataFrame:
        return self._read(ASSUMPTIONS)

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}

    def _read(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            self._tables[name] = self.saved.table(name)
        return self._tables[name]


@public
def load_result(folder: str | Path, *, registry: RegistrySource = None) -> SavedResult:
    """Open a run that was saved with `result.save` or `haidong-sim run`.

    Parameters
    ----------
    folder
        The folder of the run.
    registry
        Where the registry of its place is, if not where the scenario says.

    Raises
    ------
    OutputError
        If there is no saved run, it is of another place, or a later version wrote it.
    ScenarioError
        If the saved scenario cannot be read any more.
    """
    saved = open_saved(folder)
    manifest = saved.manifest
    scenario = load_scenario(saved.folder / SCENARIO)
    place = place_of_saved(saved, scenario, registry)
    try:
        program = compile_scenario(
            scenario,
            place,
            indicators=manifest["indicators"],
            draws=manifest["draws"],
            sampler=manifest["sampler"],
            precision=manifest["precision"],
        )
        return SavedResult(
            saved=saved,
            program=program,
            registry=place,
            path=path_without_shocks(program),
            draws=int(manifest["draws"]),
            entropy=saved.entropy,
            is_partial=bool(manifest.get("is_partial")),
            planned_draws=int(manifest.get("planned_draws", manifest["draws"])),
            version=str(manifest.get("version", "")),
            notes=tuple(manifest.get("notes", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OutputError(f"the manifest in '{saved.folder}' does not say enough: {error!r}") from None
