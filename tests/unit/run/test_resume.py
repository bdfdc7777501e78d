"""Interrupted, split and resumed runs: labelled while partial, the same bits once whole."""

from __future__ import annotations

import dataclasses
import errno
import json

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.errors import OutputError, ScenarioError
from haidong_sim.run import checkpoint, crews, identity
from haidong_sim.run.checkpoint import RUN_FILE, read_part, write_part
from haidong_sim.run.execution import run_task
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.simulate import DiskFullError
from haidong_sim.run.summary import Part, pilot_grids

FEW = ("gdp_growth", "gdp_share_of_province")
OPTIONS = {"draws": 4 * BLOCK_DRAWS, "rng": 7, "indicators": FEW, "keep": ("gdp_growth",), "workers": 1}


def same(one, two) -> bool:
    return (
        one.part.masks == two.part.masks
        and all(
            (histogram.values(flow=True) == two.part.histograms[key].values(flow=True)).all()
            for key, histogram in one.part.histograms.items()
        )
        and one.part.moments == two.part.moments
        and (one["gdp_growth"] == two["gdp_growth"]).all()
        and one.frame().equals(two.frame())
        and one.check().equals(two.check())
    )


@pytest.fixture(scope="module")
def whole():
    return hs.simulate("plan", **OPTIONS)


@pytest.fixture
def tasks_run(monkeypatch):
    """Count the tasks that are computed, and let a test stop after some."""
    log = {"done": [], "stop_after": None}

    def counted(program, grids, entropy, task):
        if log["stop_after"] is not None and len(log["done"]) >= log["stop_after"]:
            raise KeyboardInterrupt
        log["done"].append(task)
        return run_task(program, grids, entropy, task)

    monkeypatch.setattr(crews, "run_task", counted)
    return log


def test_an_interrupt_leaves_a_usable_result_that_says_so(tasks_run):
    tasks_run["stop_after"] = 2
    result = hs.simulate("plan", **OPTIONS)
    assert result.is_partial
    assert result.draws == 2 * BLOCK_DRAWS
    assert "partial: 65,536 planned" in repr(result)
    assert "partial: 32,768 of 65,536 draws, 2 of 4 blocks" in result.notes[-1]
    assert result["gdp_growth"].shape == (16, 2 * BLOCK_DRAWS)
    # What is there is what a run of so many draws finds.
    tasks_run["stop_after"] = None
    shorter = hs.simulate("plan", **OPTIONS | {"draws": 2 * BLOCK_DRAWS})
    assert not shorter.is_partial
    assert same(shorter, result)


def test_an_interrupt_before_anything_is_finished_propagates(tasks_run):
    tasks_run["stop_after"] = 0
    with pytest.raises(KeyboardInterrupt):
        hs.simulate("plan", **OPTIONS)


def test_a_resumed_run_computes_only_what_is_missing_and_has_the_same_bits(tasks_run, tmp_path, whole):
    folder = tmp_path / "run"
    tasks_run["stop_after"] = 3
    assert hs.simulate("plan", **OPTIONS, resume=folder).is_partial
    tasks_run.update(stop_after=None, done=[])
    resumed = hs.simulate("plan", **OPTIONS, resume=folder)
    assert tasks_run["done"] == [((3, BLOCK_DRAWS),)]
    assert not resumed.is_partial
    assert same(resumed, whole)


def test_a_finished_run_can_be_extended(tasks_run, tmp_path, whole):
    folder = tmp_path / "run"
    hs.simulate("plan", **OPTIONS | {"draws": 2 * BLOCK_DRAWS + 1024}, resume=folder)
    tasks_run["done"] = []
    extended = hs.simulate("plan", **OPTIONS, resume=folder)
    # The last block of the first run was a short one: it is not that of the longer run.
    assert [block for task in tasks_run["done"] for block, _ in task] == [2, 3]
    assert same(extended, whole)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"rng": 8}, "entropy: 7 → 8"),
        ({"sampler": "mc"}, "sampler: sobol → mc"),
        ({"precision": "double"}, "precision: single → double"),
        ({"indicators": ("gdp_growth",)}, "indicators: gdp_growth, gdp_share_of_province → gdp_growth"),
    ],
)
def test_a_folder_of_another_run_is_refused_with_the_difference(tmp_path, changes, shown):
    hs.simulate("plan", **OPTIONS | {"draws": 16384}, resume=tmp_path / "run")
    with pytest.raises(ScenarioError, match="another run") as caught:
        hs.simulate("plan", **OPTIONS | {"draws": 16384} | changes, resume=tmp_path / "run")
    assert shown in str(caught.value)


def test_a_folder_of_another_scenario_or_version_is_refused_with_the_difference(tmp_path, monkeypatch):
    plan = hs.load_scenario("plan")
    few = OPTIONS | {"draws": 16384}
    hs.simulate(plan, **few, resume=tmp_path / "run")
    other = plan.derive("other", {"uncertainty.tertiary.annual_sd": 0.0123})
    with pytest.raises(ScenarioError, match=r"uncertainty\.tertiary\.annual_sd: .* → 0\.0123"):
        hs.simulate(other, **few, resume=tmp_path / "run")
    newer = identity.package_identity() | {"version": "9.9.9"}
    monkeypatch.setattr(identity, "package_identity", lambda: newer)
    with pytest.raises(ScenarioError, match=r"version: .* → 9\.9\.9"):
        hs.simulate(plan, **few, resume=tmp_path / "run")


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="something else"):
        hs.simulate("plan", **OPTIONS, resume=tmp_path)
    (tmp_path / "thesis.txt").rename(tmp_path / RUN_FILE)
    with pytest.raises(OutputError, match="damaged"):
        hs.simulate("plan", **OPTIONS, resume=tmp_path)


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be used"):
        hs.simulate("plan", **OPTIONS, resume=tmp_path / "file")


@pytest.mark.parametrize("damage", ["cut", "emptied", "garbled"])
def test_a_damaged_file_is_run_again_and_said(tmp_path, whole, damage):
    folder = tmp_path / "run"
    hs.simulate("plan", **OPTIONS, resume=folder)
    victim = folder / "blocks-000001-000002.npz"
    data = victim.read_bytes()
    broken = {"cut": data[: len(data) // 2], "emptied": b"", "garbled": data[:200] + b"x" * 300 + data[500:]}
    victim.write_bytes(broken[damage])
    again = hs.simulate("plan", **OPTIONS, resume=folder)
    assert same(again, whole)
    assert "run again: blocks-000001-000002.npz" in again.notes[-1]


def test_files_hold_plain_arrays_and_json(tmp_path):
    hs.simulate("plan", **OPTIONS | {"draws": 16384}, resume=tmp_path / "run")
    names = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert names == ["blocks-000000-000001.npz", RUN_FILE]
    stored = json.loads((tmp_path / "run" / RUN_FILE).read_text())
    assert stored["entropy"] == "7"
    with np.load(tmp_path / "run" / names[0], allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "uf" for name in arrays.files)


def test_a_part_read_back_is_the_part_written(tmp_path, whole):
    program = dataclasses.replace(whole.program)
    grids = pilot_grids(program, 7)
    task = ((0, BLOCK_DRAWS), (5, 1024))
    part = run_task(program, grids, 7, task)
    write_part(tmp_path / "part.npz", part, task)
    read_task, read = read_part(tmp_path / "part.npz", grids)
    assert read_task == task
    for field in dataclasses.fields(Part):
        one, two = getattr(part, field.name), getattr(read, field.name)
        if field.name == "kept":
            assert {b: {n: v.tolist() for n, v in k.items()} for b, k in one.items()} == {
                b: {n: v.tolist() for n, v in k.items()} for b, k in two.items()
            }
        elif field.name == "met_by_block":
            assert {b: v.tolist() for b, v in one.items()} == {b: v.tolist() for b, v in two.items()}
        else:
            assert one == two, field.name


def test_a_full_disk_is_a_clear_error_and_keeps_the_finished_blocks(tmp_path, monkeypatch, whole):
    written = []
    save = checkpoint._save

    def full_after_two(draft, arrays):
        if len(written) == 2:
            draft.write_bytes(b"the first half")
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(draft)
        save(draft, arrays)

    monkeypatch.setattr(checkpoint, "_save", full_after_two)
    with pytest.raises(DiskFullError, match=r"No space left on device.*finished before are kept") as caught:
        hs.simulate("plan", **OPTIONS, resume=tmp_path / "run")
    assert caught.value.partial.is_partial
    assert caught.value.partial.draws == 2 * BLOCK_DRAWS
    assert len(list((tmp_path / "run").iterdir())) == 3
    monkeypatch.setattr(checkpoint, "_save", save)
    assert same(hs.simulate("plan", **OPTIONS, resume=tmp_path / "run"), whole)


def test_parts_of_a_run_merge_to_the_bits_of_the_whole(whole):
    parts = [hs.simulate("plan", **OPTIONS, blocks=blocks) for blocks in ((2, 4), (0, 1), (1, 2))]
    assert [part.is_partial for part in parts] == [True] * 3
    two_of_three = hs.merge_results(parts[:2])
    assert two_of_three.is_partial
    assert two_of_three.draws == 3 * BLOCK_DRAWS
    merged = hs.merge_results([two_of_three, parts[2]])
    assert not merged.is_partial
    assert merged.notes == whole.notes
    assert same(merged, whole)


def test_what_is_no_part_of_the_same_run_is_not_merged(whole):
    few = OPTIONS | {"draws": 2 * BLOCK_DRAWS}
    first = hs.simulate("plan", **few, blocks=(0, 1))
    cases = {
        "entropy: 7 → 9": hs.simulate("plan", **few | {"rng": 9}, blocks=(1, 2)),
        "draws: 32768 → 65536": whole,
        "version: .* → 0.0.1": dataclasses.replace(
            hs.simulate("plan", **few, blocks=(1, 2)), version="0.0.1"
        ),
        "scenario.paths": hs.simulate("trend", **few, blocks=(1, 2)),
        "blocks that another holds too: \\[0\\]": first,
        "a path without shocks has no parts": hs.project("plan"),
    }
    for shown, other in cases.items():
        with pytest.raises(ScenarioError, match=shown):
            hs.merge_results([first, other])
    with pytest.raises(ScenarioError, match="no results"):
        hs.merge_results([])


@pytest.mark.parametrize("blocks", [(0, 5), (2, 2), (-1, 1), (1,), 3, (0.0, 1.0), "01"])
def test_blocks_outside_the_run_are_refused(blocks):
    with pytest.raises(ScenarioError, match="a run of 4 blocks"):
        hs.simulate("plan", **OPTIONS, blocks=blocks)


def test_a_checkpoint_gives_each_task_once(tmp_path, whole):
    grids = pilot_grids(whole.program, 7)
    store = checkpoint.Checkpoint(tmp_path / "run", {"entropy": "7"})
    part = run_task(whole.program, grids, 7, ((0, BLOCK_DRAWS),))
    store.write(((0, BLOCK_DRAWS),), part)
    assert list(store.finished([(0, BLOCK_DRAWS)], grids)) == []
    again = checkpoint.Checkpoint(tmp_path / "run", {"entropy": "7"})
    assert list(again.finished([(0, 1024)], grids)) == []
    again = checkpoint.Checkpoint(tmp_path / "run", {"entropy": "7"})
    assert len(list(again.finished([(0, BLOCK_DRAWS), (1, BLOCK_DRAWS)], grids))) == 1
    assert list(again.finished([(0, BLOCK_DRAWS)], grids)) == []
