"""The tidy frame in a file that keeps its column types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from haidong_sim.export.extras import require_extra
from haidong_sim.run.saving import new_file

if TYPE_CHECKING:
    from haidong_sim.run import Result


def to_parquet(result: Result, path: str | Path, *, force: bool = False) -> Path:
    """Write the tidy frame of a run as Parquet and return the file.

    Raises
    ------
    OutputError
        If pyarrow is not installed, the file exists and `force` is not set, or it cannot be written.
    """
    require_extra("pyarrow")
    with new_file(path, force=force) as draft:
        result.frame().to_parquet(draft, engine="pyarrow", index=False)
    return Path(path)
