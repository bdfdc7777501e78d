"""Force replaces the unchanged files that a manifest of ours lists, and nothing else of anybody."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from pathlib import Path

import pytest

import haidong_sim as hs
from haidong_sim.errors import OutputError
from haidong_sim.run.run_files import save_result
from haidong_sim.run.saving import amended_folder, is_written, new_file, require_free, undisturbed

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"
FIGURE = "figures/gdp_growth.svg"


@pytest.fixture(scope="module")
def result():
    return hs.simulate(TOY, draws=1024, rng=3, indicators=("gdp_growth",))


def finish(draft):
    draft.add(FIGURE, b"<svg/>")
    draft.add("report.html", b"<p>page</p>")


@pytest.fixture
def folder(result, tmp_path):
    return save_result(result, tmp_path / "run", finish=finish)


def tree(folder):
    """Every name below a folder with its bytes, or where its link leads."""
    return {
        str(path.relative_to(folder)): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    } | {f"{path.relative_to(folder)}/": b"" for path in folder.rglob("*") if path.is_dir()}


def edit_manifest(folder, **changes):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(manifest), encoding="utf-8")


def edit_a_table(folder):
    (folder / "targets.csv").write_text("mine\n", encoding="utf-8")


def edit_the_page(folder):
    (folder / "report.html").write_text("<p>my page</p>", encoding="utf-8")


def add_notes(folder):
    (folder / "notes.txt").write_text("my thoughts", encoding="utf-8")


def add_a_figure(folder):
    (folder / "figures" / "gdp_growth.png").write_bytes(b"mine")


def add_a_folder(folder):
    (folder / "drafts").mkdir()
    (folder / "drafts" / "chapter.md").write_text("years of work", encoding="utf-8")


def add_a_repository(folder):
    (folder / ".git").mkdir()


def link_a_figure(folder):
    (folder.parent / "precious.svg").write_bytes(b"<svg/>")
    (folder / FIGURE).unlink()
    (folder / FIGURE).symlink_to(folder.parent / "precious.svg")


def link_the_figures(folder):
    (folder / "figures").rename(folder.parent / "elsewhere")
    (folder / "figures").symlink_to(folder.parent / "elsewhere")


def link_the_manifest(folder):
    (folder / "manifest.json").rename(folder.parent / "manifest.json")
    (folder / "manifest.json").symlink_to(folder.parent / "manifest.json")


def empty_the_manifest(folder):
    (folder / "manifest.json").write_text("{}", encoding="utf-8")


def break_the_manifest(folder):
    (folder / "manifest.json").write_bytes(b"\xff{")


def take_the_manifest_away(folder):
    (folder / "manifest.json").unlink()


def make_the_manifest_an_older_one(folder):
    edit_manifest(folder, format=1)


def make_the_manifest_of_an_extension(folder):
    edit_manifest(folder, manifest_version=3, program="tab tamer")


def list_a_file_that_no_run_writes(folder):
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    files = {"thesis.txt": {"sha256": hashlib.sha256(b"years of work").hexdigest()}}
    edit_manifest(folder, files=files)


def list_a_file_outside(folder):
    outside = folder.parent / "report.html"
    outside.write_bytes(b"mine")
    edit_manifest(folder, files={"../report.html": {"sha256": hashlib.sha256(b"mine").hexdigest()}})


def list_no_figures(folder):
    """As an earlier version did, whose figures nobody can tell from a reader's."""
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    edit_manifest(folder, files={name: about for name, about in files.items() if name.endswith(".csv")})


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (edit_a_table, "targets.csv (edited)"),
        (edit_the_page, "report.html (edited)"),
        (add_notes, "notes.txt"),
        (add_a_figure, "figures/gdp_growth.png"),
        (add_a_folder, "drafts/"),
        (add_a_repository, ".git/"),
        (link_a_figure, f"{FIGURE} (a link)"),
        (link_the_figures, "figures (a link)"),
        (link_the_manifest, "and 4 more"),
        (empty_the_manifest, "manifest.json (not of this program"),
        (break_the_manifest, "manifest.json (not of this program"),
        (take_the_manifest_away, "assumptions.csv, figures/, indicators.csv and 3 more"),
        (make_the_manifest_an_older_one, "manifest.json (not of this program, or of another version"),
        (make_the_manifest_of_an_extension, "manifest.json (not of this program"),
        (list_a_file_that_no_run_writes, "manifest.json (not of this program"),
        (list_a_file_outside, "manifest.json (not of this program"),
        (list_no_figures, "figures/, report.html, scenario.resolved.toml"),
    ],
)
def test_what_is_not_ours_is_in_the_way_and_nothing_is_touched(result, folder, spoil, named):
    spoil(folder)
    before = tree(folder.parent)
    with pytest.raises(OutputError) as caught:
        result.save(folder, force=True)
    assert named in str(caught.value)
    assert "In the way: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert tree(folder.parent) == before


def test_folders_of_other_programs_survive(result, tmp_path):
    repository, extension = tmp_path / "repository", tmp_path / "extension"
    for place, text in ((repository, "{}"), (extension, '{"manifest_version": 3}')):
        place.mkdir()
        (place / "manifest.json").write_text(text, encoding="utf-8")
    (repository / ".git").mkdir()
    (repository / ".git" / "HEAD").write_text("ref: refs/heads/main", encoding="utf-8")
    (extension / "background.js").write_text("x", encoding="utf-8")
    before = tree(tmp_path)
    for place in (repository, extension):
        with pytest.raises(OutputError, match=r"In the way: manifest\.json"):
            result.save(place, force=True)
    assert tree(tmp_path) == before


def test_a_link_to_a_result_is_not_replaced(result, folder):
    link = folder.parent / "link"
    link.symlink_to(folder)
    before = tree(folder.parent)
    with pytest.raises(OutputError, match=r"link \(a link\)"):
        result.save(link, force=True)
    assert tree(folder.parent) == before


def test_an_unchanged_result_is_replaced_whole_and_an_empty_folder_used(result, folder, tmp_path):
    assert hs.verify_result(folder) == []
    result.save(folder, force=True)
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "scenario.resolved.toml", "indicators.csv", "targets.csv", "assumptions.csv",
    }  # fmt: skip
    (tmp_path / "empty").mkdir()
    result.save(tmp_path / "empty")
    assert hs.verify_result(tmp_path / "empty") == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "run"]


def test_a_result_of_which_files_are_missing_is_replaced(result, folder):
    (folder / "indicators.csv").unlink()
    (folder / FIGURE).unlink()
    result.save(folder, force=True)
    assert hs.verify_result(folder) == []
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("content", [True, False])
def test_a_folder_that_appears_during_a_run_is_kept_and_so_is_the_result(result, tmp_path, force, content):
    place = tmp_path / "run"

    def meanwhile(_draft):
        place.mkdir()
        if content:
            (place / "thesis.txt").write_text("years of work", encoding="utf-8")

    with pytest.raises(OutputError, match=r"was left as it is; the result is in '.*run-2'"):
        save_result(result, place, force=force, finish=meanwhile)
    assert tree(place) == ({"thesis.txt": b"years of work"} if content else {})
    assert hs.verify_result(tmp_path / "run-2") == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run-2"]


def test_a_place_asked_for_before_a_run_is_looked_at_again_after_it(result, tmp_path):
    place = require_free(tmp_path / "run", force=True)
    other = result.save(tmp_path / "run")
    before = tree(other)
    (tmp_path / "run-2").mkdir()
    with pytest.raises(OutputError, match=r"the result is in '.*run-3'"):
        save_result(result, place, finish=finish)
    assert tree(other) == before
    assert (tmp_path / "run-3" / FIGURE).is_file()


@pytest.mark.parametrize("spoil", [edit_a_table, add_notes, link_a_figure, take_the_manifest_away])
def test_a_result_that_changes_during_a_run_is_kept(result, folder, spoil):
    before = {}

    def meanwhile(_draft):
        spoil(folder)
        before.update(tree(folder))

    with pytest.raises(OutputError, match=r"the result is in '.*run-2'"):
        save_result(result, folder, force=True, finish=meanwhile)
    assert tree(folder) == before
    assert hs.verify_result(folder.parent / "run-2") == []


def test_a_file_written_in_the_last_instant_is_kept(result, folder, monkeypatch):
    real = Path.rename

    def rename(self, target):
        if self == folder:
            (self / "notes.txt").write_text("my thoughts", encoding="utf-8")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError, match=r"the result is in '.*run-2'"):
        result.save(folder, force=True)
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "my thoughts"
    assert (folder / FIGURE).is_file()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["run", "run-2"]


def test_an_exchange_that_fails_halfway_puts_the_earlier_result_back(result, folder, monkeypatch):
    before, real = tree(folder), Path.rename

    def rename(self, target):
        if target == folder and not self.name.endswith(".old"):
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError, match="Permission denied"):
        result.save(folder, force=True)
    assert tree(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_an_interrupt_waits_until_the_files_stand():
    steps = []

    @undisturbed()
    def exchange():
        os.kill(os.getpid(), signal.SIGINT)
        steps.append("exchanged")

    with pytest.raises(KeyboardInterrupt):
        exchange()
    assert steps == ["exchanged"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupted_file_is_neither_there_nor_listed(result, tmp_path, monkeypatch):
    real = Path.write_bytes

    def interrupted(self, data):
        real(self, data[:2])
        raise KeyboardInterrupt

    def half(draft):
        monkeypatch.setattr(Path, "write_bytes", interrupted)
        with pytest.raises(KeyboardInterrupt):
            draft.add(FIGURE, b"<svg/>")
        monkeypatch.undo()

    folder = save_result(result, tmp_path / "run", finish=half)
    assert not (folder / "figures").exists()
    assert hs.verify_result(folder) == []
    result.save(folder, force=True)


def test_verify_reads_figures_and_page_too(folder):
    add_notes(folder)
    assert hs.verify_result(folder) == []
    edit_the_page(folder)
    (folder / FIGURE).unlink()
    assert hs.verify_result(folder) == [
        f"{FIGURE}: is missing",
        "report.html: its content is not what the manifest says was written",
    ]


def test_a_file_is_never_added_under_a_name_that_force_would_not_know(result, tmp_path):
    with pytest.raises(OutputError, match=r"'thesis\.txt' is no name of a file of a run"):
        save_result(result, tmp_path / "run", finish=lambda draft: draft.add("thesis.txt", b""))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("run", "figures/gdp_share_of_province_zh.svg", True),
        ("run", "figures/target_board.png", True),
        ("run", "figures/my_own.png", False),
        ("run", "figures/../report.html", False),
        ("run", "box.csv", False),
        ("sensitivity", "box.csv", True),
        ("comparison", "plan/gdp_growth.svg", True),
        ("comparison", "../gdp_growth.svg", False),
        ("comparison", "/gdp_growth.svg", False),
        ("comparison", ".hidden/gdp_growth.svg", False),
        ("comparison", "C:\\gdp_growth.svg", False),
        ("browser", "manifest.svg", False),
        (None, "box.csv", False),
        ([], "box.csv", False),
    ],
)
def test_names_that_the_program_writes(kind, name, expected):
    assert is_written(kind, name) is expected


def test_amended_files_are_listed_and_only_unchanged_ones_replaced(folder):
    add_notes(folder)
    amend(folder)
    assert (folder / "report.html").read_bytes() == b"<p>new page</p>"
    assert hs.verify_result(folder) == []
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {FIGURE, "figures/gdp_growth.png", "report.html", "targets.csv"} <= set(files)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["run"]


@pytest.mark.parametrize("spoil", [edit_the_page, link_the_figures, link_a_figure, link_the_manifest])
def test_an_edited_or_linked_file_is_not_amended(folder, spoil):
    spoil(folder)
    before = tree(folder.parent)
    with pytest.raises(OutputError, match=r"nothing in '.*' was touched\. In the way: "):
        amend(folder)
    assert tree(folder.parent) == before


def amend(folder):
    with amended_folder(folder) as draft:
        draft.add("report.html", b"<p>new page</p>")
        draft.add("figures/gdp_growth.png", b"png")
        draft.add(FIGURE, b"<svg>new</svg>")


def write(place, text, *, force=False, meanwhile=None):
    with new_file(place, force=force) as draft:
        draft.write_text(text, encoding="utf-8")
        if meanwhile is not None:
            place.write_text(meanwhile, encoding="utf-8")


def test_a_single_file_is_replaced_only_as_it_was_asked_for(tmp_path):
    place = tmp_path / "run.xlsx"
    (tmp_path / ".run.xlsx.draft.xlsx").write_text("somebody's", encoding="utf-8")
    write(place, "first")
    with pytest.raises(OutputError, match="exists"):
        write(place, "second")
    with pytest.raises(OutputError, match="changed meanwhile"):
        write(place, "second", force=True, meanwhile="mine")
    for force in (False, True):
        other = tmp_path / f"other-{force}.xlsx"
        with pytest.raises(OutputError, match="changed meanwhile"):
            write(other, "second", force=force, meanwhile="mine")
        assert other.read_text(encoding="utf-8") == "mine"
        other.unlink()
    write(place, "third", force=True)
    assert tree(tmp_path) == {
        "run.xlsx": b"third", ".run.xlsx.draft.xlsx": b"somebody's",
    }  # fmt: skip


def test_a_link_and_a_folder_are_not_replaced_by_a_single_file(tmp_path):
    (tmp_path / "precious").write_text("years of work", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    before = tree(tmp_path)
    for name in ("link", "dangling", "folder"):
        with pytest.raises(OutputError, match="a link or no file"):
            write(tmp_path / name, "new", force=True)
        with pytest.raises(OutputError, match="exists"):
            write(tmp_path / name, "new")
    assert tree(tmp_path) == before
