"""A folder of finished blocks, from which an interrupted run goes on."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.errors import OutputError, ScenarioError
from haidong_sim.run.identity import differences
from haidong_sim.run.summary import Part, empty_histogram, no_moments

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from haidong_sim.run.execution import Task
    from haidong_sim.run.summary import Grids

_ABOUT: Final = "about"
_COUNTS: Final = "counts"
_EXTREMES: Final = "extremes"


def write_part(path: Path, part: Part, task: Task) -> None:
    """Write the counts of `task` to `path`; an OSError leaves no half-written file under that name."""
    keys = sorted(part.histograms)
    about = {
        "blocks": list(task),
        "draws": part.draws,
        "keys": keys,
        "constants": [[*key, value] for key, value in sorted(part.constants.items())],
        "masks": sorted(part.masks.items()),
        # Hundreds of digits each, most of them zeros at the end, which compress to nothing.
        "sums": [[f"{part.moments[key].total:x}", f"{part.moments[key].squares:x}"] for key in keys],
    }
    arrays: dict[str, NDArray[Any]] = {_ABOUT: np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)}
    if keys:
        arrays[_COUNTS] = _narrow(np.stack([part.histograms[key].values(flow=True) for key in keys]))
        moments = [part.moments[key] for key in keys]
        arrays[_EXTREMES] = np.array([[own.least for own in moments], [own.greatest for own in moments]])
    for block, met in part.met_by_block.items():
        arrays[f"met/{block}"] = _narrow(met)
    for block, kept in part.kept.items():
        arrays |= {f"kept/{block}/{name}": values for name, values in kept.items()}
    write_whole(path, lambda draft: _save(draft, arrays))


def read_part(path: Path, grids: Grids) -> tuple[Task, Part] | None:
    """Return the blocks and counts of a file, or None if it is damaged: they are then run again."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        about = json.loads(arrays.pop(_ABOUT).tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    part = Part(
        draws=about["draws"],
        constants={(name, year): value for name, year, value in about["constants"]},
        counted=Counter(dict(about["masks"])),
    )
    for position, (name, year) in enumerate(about["keys"]):
        histogram = empty_histogram(grids, (name, year))
        histogram.view(flow=True)[...] = arrays[_COUNTS][position]
        part.histograms[name, year] = histogram
        part.moments[name, year] = moments = no_moments(grids, (name, year))
        moments.n = part.draws
        moments.total, moments.squares = (int(sum_, 16) for sum_ in about["sums"][position])
        moments.least, moments.greatest = arrays[_EXTREMES][:, position].tolist()
    for label, values in arrays.items():
        kind, *where = label.split("/", 2)
        if kind == "met":
            part.met_by_block[int(where[0])] = values.astype(np.int64)
        elif kind == "kept":
            part.kept.setdefault(int(where[0]), {})[where[1]] = values
    return tuple((block, draws) for block, draws in about["blocks"]), part


def write_whole(path: Path, save: Callable[[Path], object]) -> None:
    """Let `save` write a draft beside `path` and put it in place in one step; no draft is left behind."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _save(draft: Path, arrays: dict[str, NDArray[Any]]) -> None:
    with draft.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _narrow(counts: NDArray[Any]) -> NDArray[Any]:
    """Return counts in the smallest unsigned type that holds them; most of a file would be zeros."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))


RUN_FILE: Final = "run.json"


class Checkpoint:
    """A folder with one file of identity and one file for each finished task of one run."""

    def __init__(self, folder: str | Path, identity: Mapping[str, str]) -> None:
        self.folder = Path(folder)
        self._read: set[Path] = set()
        self.damaged: list[str] = []
        try:
            self._open(identity)
        except OSError as error:
            raise OutputError(f"resume: '{self.folder}' cannot be used: {error.strerror or error}") from error

    def _open(self, identity: Mapping[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / RUN_FILE
        if path.is_file():
            self._require_same_run(path, identity)
        elif any(self.folder.iterdir()):
            raise OutputError(
                f"resume: '{self.folder}' holds something else than the blocks of a run (no {RUN_FILE}); "
                "give an empty or a new folder"
            )
        else:
            text = json.dumps(identity, ensure_ascii=False, indent=1)
            write_whole(path, lambda draft: draft.write_bytes(text.encode()))

    def _require_same_run(self, path: Path, identity: Mapping[str, str]) -> None:
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise OutputError(f"resume: '{path}' is damaged ({error}); give a new folder") from None
        if found := differences(stored, identity):
            raise ScenarioError(
                f"resume: '{self.folder}' holds the blocks of another run (folder → this run): "
                f"{'; '.join(found)}. Give another folder, or the same scenario, options and version"
            )

    def write(self, task: Task, part: Part) -> None:
        """Write the part of a finished task.

        Raises
        ------
        OutputError
            If it cannot be written; the blocks written before stay.
        """
        path = self.folder / f"blocks-{task[0][0]:06d}-{task[-1][0] + 1:06d}.npz"
        try:
            write_part(path, part, task)
        except OSError as error:
            raise OutputError(
                f"resume: '{path}' cannot be written: {error.strerror or error}. The blocks finished "
                "before are kept; make room and run the same call again to go on from them"
            ) from error
        self._read.add(path)

    def finished(self, allowed: Collection[tuple[int, int]], grids: Grids) -> Iterator[tuple[Task, Part]]:
        """Yield the stored tasks that lie within the blocks `allowed` and were not yielded before."""
        numbers = {block for block, _ in allowed}
        for path in sorted(set(self.folder.glob("blocks-*.npz")) - self._read):
            first, last = (int(number) for number in path.stem.split("-")[1:])
            if not numbers.issuperset(range(first, last)):
                continue
            self._read.add(path)
            stored = read_part(path, grids)
            if stored is None:
                self.damaged.append(path.name)
            elif set(stored[0]) <= set(allowed):
                yield stored
