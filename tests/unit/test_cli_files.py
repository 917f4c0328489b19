"""The files that `quire ingest` finds in folders, and the reasons of those it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.files import find_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ("b.PDF", "a.exe", "inner/c.md", "inner/page.psd", ".hidden/d.pdf", ".git/x/e.md")
    for name in (*names, "README", ".env"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_readable_files_of_a_folder_are_found_in_order(folder: Path) -> None:
    assert find_files([folder]).readable == [folder / "b.PDF", folder / "inner/c.md"]


def test_flat_search_leaves_subfolders_out(folder: Path) -> None:
    found = find_files([folder], recursive=False)
    assert found.readable == [folder / "b.PDF"]
    assert set(found.skipped) == {folder / "a.exe", folder / "README"}


def test_every_skipped_file_has_a_reason(folder: Path) -> None:
    skipped = find_files([folder]).skipped
    assert set(skipped) == {folder / "a.exe", folder / "README", folder / "inner/page.psd"}
    assert ".psd" in skipped[folder / "inner/page.psd"]
    assert "extension" in skipped[folder / "README"]


def test_hidden_files_and_folders_are_counted_and_not_entered(folder: Path) -> None:
    found = find_files([folder])
    assert found.hidden == 3
    assert not any(".git" in path.parts for path in (*found.readable, *found.skipped))


def test_links_to_folders_and_broken_links_are_skipped(folder: Path) -> None:
    (folder / "inner/up").symlink_to(folder)
    (folder / "lost.pdf").symlink_to(folder / "nowhere.pdf")
    skipped = find_files([folder]).skipped
    assert {folder / "inner/up", folder / "lost.pdf"} <= set(skipped)


def test_a_named_file_is_sent_once_even_with_an_unknown_extension(folder: Path) -> None:
    named = folder / "a.exe"
    found = find_files([named, folder, named])
    assert found.readable[0] == named
    assert found.readable.count(named) == 1
    assert named not in found.skipped
