"""Draws that a run keeps: in memory while they are few, in memory-mapped files of their own beyond."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from haidong_sim.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Draws = NDArray[np.float32]

SPILL_BYTES: Final = 200_000_000
"""Kept draws beyond this size go to files."""

_ITEM: Final = np.dtype(np.float32).itemsize


class KeptDraws:
    """Kept draws by indicator, shape (year, draw), filled block by block in any order.

    Parameters
    ----------
    blocks
        Number and draws of every block of the run, in order.
    folder
        Where files go: one `<indicator>.npy` each. None keeps draws in memory up to `SPILL_BYTES` and uses a
        temporary folder beyond, which goes when the draws are no longer referred to.

    Raises
    ------
    OutputError
        If a file cannot be made, would replace another, or does not fit on the disk.
    """

    def __init__(
        self,
        names: Sequence[str],
        n_years: int,
        blocks: Iterable[tuple[int, int]],
        *,
        folder: str | Path | None = None,
    ) -> None:
        self._names = tuple(names)
        self._n_years = n_years
        self._columns: dict[int, slice] = {}
        stop = 0
        for block, draws in blocks:
            self._columns[block] = slice(stop, stop + draws)
            stop += draws
        self._draws = stop
        self._rows: dict[str, _MemoryRows | _FileRows] = {}
        self._arrays: dict[str, Draws] = {}
        self._open(folder)

    @property
    def n_bytes(self) -> int:
        """Size of all kept draws."""
        return len(self._names) * self._n_years * self._draws * _ITEM

    def _open(self, folder: str | Path | None) -> None:
        if folder is None and self.n_bytes <= SPILL_BYTES:
            self._rows = {name: _MemoryRows(self._n_years, self._draws) for name in self._names}
            return
        try:
            place = _temporary_folder(self) if folder is None else Path(folder)
            place.mkdir(parents=True, exist_ok=True)
            self._require_room(place)
            for name in self._names:
                self._rows[name] = _FileRows(place / f"{name}.npy", self._n_years, self._draws)
        except OSError as error:
            raise OutputError(f"spill: '{folder}' cannot be written: {error.strerror or error}") from error

    def _require_room(self, place: Path) -> None:
        taken = [path for name in self._names if (path := place / f"{name}.npy").exists()]
        if taken:
            raise OutputError(f"spill: '{taken[0]}' exists; kept draws replace no file, give another folder")
        free = shutil.disk_usage(place).free
        if free < self.n_bytes:
            raise OutputError(
                f"spill: the draws of {', '.join(self._names)} need {self.n_bytes / 1e6:,.0f} MB, "
                f"'{place}' has {free / 1e6:,.0f} MB; keep fewer indicators or draws, or give another folder"
            )

    def add(self, kept: Mapping[int, Mapping[str, Draws]]) -> None:
        """Store blocks: values by indicator, shape (year, draw), by block.

        Raises
        ------
        OutputError
            If the disk is full; the blocks stored before stay.
        """
        for block, by_name in kept.items():
            for name, values in by_name.items():
                try:
                    self._rows[name].put(self._columns[block], values)
                except OSError as error:
                    raise OutputError(
                        f"spill: the draws of '{name}' cannot be written: {error.strerror or error}; "
                        "the blocks finished before are kept"
                    ) from error

    def finish(self, blocks: Iterable[int]) -> None:
        """Leave nothing but the draws of `blocks`, which are the finished ones, in their order."""
        columns = [self._columns[block] for block in sorted(blocks)]
        self._columns = {block: self._columns[block] for block in sorted(blocks)}
        try:
            self._arrays = {name: rows.finish(columns) for name, rows in self._rows.items()}
        except OSError as error:
            raise OutputError(f"spill: kept draws cannot be written: {error.strerror or error}") from error
        self._rows = {}
        for values in self._arrays.values():
            values.flags.writeable = False

    def __getitem__(self, name: str) -> Draws:
        """Return the finished draws of an indicator: a read-only view, shape (year, draw)."""
        return self._arrays[name]

    def by_block(self) -> Iterator[tuple[int, dict[str, Draws]]]:
        """Yield each finished block with its values by indicator."""
        stop = 0
        for block, columns in self._columns.items():
            start, stop = stop, stop + columns.stop - columns.start
            yield block, {name: values[:, start:stop] for name, values in self._arrays.items()}


class _MemoryRows:
    def __init__(self, n_years: int, draws: int) -> None:
        self._values: Draws = np.empty((n_years, draws), dtype=np.float32)

    def put(self, columns: slice, values: Draws) -> None:
        self._values[:, columns] = values

    def finish(self, columns: Sequence[slice]) -> Draws:
        if sum(part.stop - part.start for part in columns) == self._values.shape[1]:
            return self._values
        return np.concatenate([self._values[:, part] for part in columns], axis=1)


class _FileRows:
    """A .npy file that is written piece by piece, because a full disk then is an error and not a crash.

    Writing through a memory map would end the process with a bus error where the disk has no room left.
    """

    def __init__(self, path: Path, n_years: int, draws: int) -> None:
        self._path = path
        self._shape = (n_years, draws)
        self._draft = path.with_name(f"{path.name}.partial")
        with self._draft.open("wb") as file:
            self._start = _write_header(file, self._shape)

    def put(self, columns: slice, values: Draws) -> None:
        with self._draft.open("r+b") as file:
            for year, row in enumerate(values):
                file.seek(self._start + (year * self._shape[1] + columns.start) * _ITEM)
                file.write(np.ascontiguousarray(row, dtype=np.float32).data)

    def finish(self, columns: Sequence[slice]) -> Draws:
        n_draws = sum(part.stop - part.start for part in columns)
        if n_draws == self._shape[1]:
            self._draft.replace(self._path)
        else:
            self._copy(columns, n_draws)
            self._draft.unlink()
        mapped: Draws = np.load(self._path, mmap_mode="r")
        return mapped

    def _copy(self, columns: Sequence[slice], n_draws: int) -> None:
        with self._draft.open("rb") as source, self._path.open("wb") as target:
            _write_header(target, (self._shape[0], n_draws))
            for year in range(self._shape[0]):
                for part in columns:
                    source.seek(self._start + (year * self._shape[1] + part.start) * _ITEM)
                    piece = source.read((part.stop - part.start) * _ITEM)
                    target.write(piece)


def _write_header(file: BinaryIO, shape: tuple[int, int]) -> int:
    """Write the head of a .npy file and return where its values start."""
    about = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)),
        "fortran_order": False,
        "shape": shape,
    }
    np.lib.format.write_array_header_1_0(file, about)
    return file.tell()


def _temporary_folder(owner: KeptDraws) -> Path:
    """Return a new folder that goes when `owner` does."""
    place = Path(tempfile.mkdtemp(prefix="haidong-sim-draws-"))
    weakref.finalize(owner, shutil.rmtree, place, ignore_errors=True)
    return place
