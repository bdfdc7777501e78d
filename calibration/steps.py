"""What every numbered script shares: the inputs, the place of its results, and how it is run alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from haidong_sim.estimation import RESULTS, load_inputs, write_results
from haidong_sim.place import load_registry

if TYPE_CHECKING:
    from haidong_sim.estimation import Inputs

FOLDER = Path(__file__).resolve().parent / "results"


@cache
def inputs() -> Inputs:
    """Return the published record of the bundled registry."""
    return load_inputs(load_registry("haidong"))


def write(name: str) -> None:
    """Build one results file, write it, and say so."""
    path = FOLDER / f"{name}.toml"
    write_results(path, RESULTS[name](inputs()), force=True)
    print(f"wrote {path.name}")
