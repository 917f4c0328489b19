"""File names are shown to people and never used in paths."""

from __future__ import annotations

import pytest

from shared.files.file_name import MAX_LETTERS, clean_file_name, suffix, title_of


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/absolute/a.pdf", "a.pdf"),
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066a\u2069.pdf", "a.pdf"),
        ("Gro\u0308ße.pdf", "Größe.pdf"),
        ("  two   words .pdf ", "two words .pdf"),
        ("\ud800.pdf", ".pdf"),
        ("नमस्ते.pdf", "नमस्ते.pdf"),
        ("", "unnamed"),
        (".", "unnamed"),
        ("..", "unnamed"),
        ("a/", "unnamed"),
        ("\u202e", "unnamed"),
    ],
)
def test_only_the_cleaned_last_part_of_a_path_is_kept(given: str, shown: str) -> None:
    assert clean_file_name(given) == shown


def test_a_shortened_name_keeps_its_extension() -> None:
    shown = clean_file_name("a" * 4096 + ".pdf")
    assert len(shown) == MAX_LETTERS
    assert shown.endswith("a.pdf")


def test_an_overlong_extension_is_ignored() -> None:
    assert clean_file_name("a." + "b" * 4096) == ("a." + "b" * 4096)[:MAX_LETTERS]


@pytest.mark.parametrize(
    ("name", "ending", "title"),
    [
        ("Report.PDF", ".pdf", "Report"),
        ("a.tar.gz", ".gz", "a.tar"),
        ("README", "", "README"),
        (".profile", "", ".profile"),
    ],
)
def test_extension_and_title_are_taken_from_the_name(name: str, ending: str, title: str) -> None:
    assert (suffix(name), title_of(name)) == (ending, title)
