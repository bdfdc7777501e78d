"""Kept draws: the same values in memory and in files, in the order of draws, never cut short in silence."""

from __future__ import annotations

import errno
import gc
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import haidong_sim as hs
from haidong_sim.engine import spill
from haidong_sim.engine.spill import KeptDraws
from haidong_sim.errors import ModelError, OutputError
from haidong_sim.run import crews
from haidong_sim.run.execution import run_task
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.simulate import DiskFullError
from haidong_sim.run.summary import pilot_grids

OPTIONS = {
    "draws": 2 * BLOCK_DRAWS + 3072,
    "rng": 11,
    "indicators": ("gdp_growth",),
    "keep": ("gdp_growth", "gdp_current"),
    "workers": 1,
}
BLOCKS = [(0, 4), (1, 4), (2, 2)]


@pytest.fixture(scope="module")
def kept():
    return hs.simulate("plan", **OPTIONS)


def filled(folder=None, names=("a", "b")) -> tuple[KeptDraws, np.ndarray]:
    values = np.arange(3 * 10, dtype=np.float32).reshape(3, 10)
    store = KeptDraws(names, 3, BLOCKS, folder=folder)
    for block in (2, 0, 1):
        columns = slice(4 * block, 4 * block + dict(BLOCKS)[block])
        store.add({block: dict.fromkeys(names, values[:, columns])})
    return store, values


def test_kept_draws_are_those_that_were_counted(kept):
    values = kept["gdp_growth"]
    assert values.shape == (16, OPTIONS["draws"])
    assert len(values) == len(kept.years)
    assert (values[0] == np.float32(kept.path["gdp_growth", 2020])).all()
    assert values.dtype == np.float32
    for year in (2021, 2030):
        histogram = kept.part.histograms["gdp_growth", year]
        edges = histogram.axes[0].edges
        row = values[year - 2020].astype(float)
        mean = histogram.values() @ (edges[1:] + edges[:-1]) / 2 / len(row)
        assert row.mean() == pytest.approx(mean, abs=(edges[1] - edges[0]) / 2)


def test_kept_draws_stand_in_the_order_of_blocks(kept):
    program = kept.program
    # The linear algebra of more threads than one may round a last digit otherwise.
    with threadpool_limits(limits=1):
        part = run_task(program, pilot_grids(program, 11), 11, ((1, BLOCK_DRAWS),))
    for name in OPTIONS["keep"]:
        np.testing.assert_array_equal(kept[name][:, BLOCK_DRAWS : 2 * BLOCK_DRAWS], part.kept[1][name])


def test_large_kept_draws_go_to_a_temporary_file_with_the_same_bits(kept, monkeypatch):
    monkeypatch.setattr(spill, "SPILL_BYTES", 1_000_000)
    spilled = hs.simulate("plan", **OPTIONS)
    values = spilled["gdp_current"]
    assert isinstance(values, np.memmap)
    for name in OPTIONS["keep"]:
        np.testing.assert_array_equal(spilled[name], kept[name])
    folder = Path(values.filename).parent
    assert folder.is_dir()
    del spilled, values
    gc.collect()
    assert not folder.exists()


def test_a_folder_of_ones_own_holds_plain_arrays(kept, tmp_path):
    hs.simulate("plan", **OPTIONS, spill=tmp_path / "draws", executor="threads")
    assert sorted(path.name for path in (tmp_path / "draws").iterdir()) == [
        "gdp_current.npy",
        "gdp_growth.npy",
    ]
    np.testing.assert_array_equal(np.load(tmp_path / "draws" / "gdp_growth.npy"), kept["gdp_growth"])


def test_kept_draws_cannot_be_changed_by_mistake(kept):
    with pytest.raises(ValueError, match="read-only"):
        kept["gdp_growth"][0, 0] = 0.0


def test_draws_that_were_not_kept_say_how_to_keep_them(kept):
    with pytest.raises(ModelError, match=r"keep=\['gdp_deflator'\]"):
        kept["gdp_deflator"]


def test_files_are_not_replaced(tmp_path):
    (tmp_path / "gdp_growth.npy").write_text("mine")
    with pytest.raises(OutputError, match="exists; kept draws replace no file"):
        hs.simulate("plan", **OPTIONS, spill=tmp_path)
    assert (tmp_path / "gdp_growth.npy").read_text() == "mine"


def test_a_disk_without_room_is_refused_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(OutputError, match=r"gdp_growth, gdp_current need 5 MB, .* has 0 MB"):
        hs.simulate("plan", **OPTIONS, spill=tmp_path)


def test_a_disk_that_fills_up_keeps_the_finished_blocks(tmp_path, monkeypatch, kept):
    put = spill._FileRows.put

    def full_at_the_third(self, columns, values):
        if columns.start >= 2 * BLOCK_DRAWS:
            raise OSError(errno.ENOSPC, "No space left on device")
        put(self, columns, values)

    monkeypatch.setattr(spill._FileRows, "put", full_at_the_third)
    with pytest.raises(DiskFullError, match=r"spill: .*No space left on device; .* kept") as caught:
        hs.simulate("plan", **OPTIONS, spill=tmp_path / "draws")
    partial = caught.value.partial
    assert partial.is_partial
    np.testing.assert_array_equal(partial["gdp_growth"], kept["gdp_growth"][:, : 2 * BLOCK_DRAWS])


def test_a_disk_too_full_for_any_draws_still_leaves_the_summaries(tmp_path, monkeypatch):
    def full(self, *_):
        raise OSError(errno.ENOSPC, "No space left on device")

    put = spill._FileRows.put
    monkeypatch.setattr(spill._FileRows, "finish", full)
    monkeypatch.setattr(
        spill._FileRows,
        "put",
        lambda self, columns, values: full(self) if columns.start else put(self, columns, values),
    )
    with pytest.raises(DiskFullError) as caught:
        hs.simulate("plan", **OPTIONS, spill=tmp_path / "draws")
    assert caught.value.partial.draws == BLOCK_DRAWS
    with pytest.raises(ModelError, match="not kept"):
        caught.value.partial["gdp_growth"]


@pytest.mark.parametrize("where", ["memory", "file"])
@pytest.mark.parametrize("done", [(0, 1, 2), (0, 2), (1,), (0, 1)])
def test_unfinished_blocks_leave_no_gap(tmp_path, where, done):
    store, values = filled(None if where == "memory" else tmp_path)
    columns = [column for block in done for column in range(4 * block, min(4 * block + 4, 10))]
    store.finish(done)
    np.testing.assert_array_equal(store["b"], values[:, columns])
    assert {block: part["a"].tolist() for block, part in store.by_block()} == {
        block: values[:, 4 * block : min(4 * block + 4, 10)].tolist() for block in done
    }
    if where == "file":
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npy", "b.npy"]


def test_an_interrupted_run_keeps_the_draws_of_its_finished_blocks(monkeypatch, kept):
    done = []

    def interrupted(program, grids, entropy, task):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(task)
        return run_task(program, grids, entropy, task)

    monkeypatch.setattr(crews, "run_task", interrupted)
    partial = hs.simulate("plan", **OPTIONS)
    np.testing.assert_array_equal(partial["gdp_current"], kept["gdp_current"][:, : 2 * BLOCK_DRAWS])
