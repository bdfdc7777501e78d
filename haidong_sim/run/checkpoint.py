"""The finished blocks of a run in a folder, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import OutputError, ScenarioError
from haidong_sim.run.identity import differences
from haidong_sim.run.part_files import read_part, write_part, write_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from haidong_sim.run.execution import Task
    from haidong_sim.run.summary import Grids, Part

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
