"""Build every results file; with --check write nothing and exit 1 where committed results have drifted.

Usage: python calibration/run_all.py [--check]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
# The scripts import `steps` by name, as they do when run alone from any folder.
sys.path.insert(0, str(HERE))

import steps  # noqa: E402 - after the path is set

from haidong_sim.errors import EstimationError  # noqa: E402
from haidong_sim.estimation import (  # noqa: E402
    RESULTS,
    check_drift,
    missing_series,
    read_results,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check all results files; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed results, write nothing"
    )
    asked = parser.parse_args(arguments)
    drifted = 0
    for name, build in RESULTS.items():
        path = steps.FOLDER / f"{name}.toml"
        if asked.check:
            drifted += report(path, build(steps.inputs()))
        else:
            steps.write(name)
    if not asked.check:
        print("\nMissing from the public record, and what that costs:")
        inputs = steps.inputs()
        print(missing_series(inputs.series, inputs.declaration.wanted).to_string(index=False))
    return 1 if drifted else 0


def report(path: Path, tables: dict[str, object]) -> int:
    """Print how computed tables differ from the committed file; return the number of differences."""
    try:
        lines = check_drift(read_results(path), tables)
    except EstimationError as problem:
        lines = [str(problem)]
    state = "as committed" if not lines else f"{len(lines)} differences"
    print(f"{path.name}: {state}")
    for line in lines[:SHOWN]:
        print(f"  {line}")
    if len(lines) > SHOWN:
        print(f"  … and {len(lines) - SHOWN} more")
    return len(lines)


if __name__ == "__main__":
    sys.exit(main())
