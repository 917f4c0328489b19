"""Leaders and table rules become spaces; all other text stays at its offset."""

from __future__ import annotations

import pytest

from shared.text.normalize import strip_leaders


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Storage ........ 12", "Storage . 12"),
        ("Storage . . . . . 12", "Storage . 12"),
        ("Name: __________ Date: ____", "Name: _ Date: _"),
        ("─────────\nTotal", "─\nTotal"),
        ("| Class | Limit |\n|-|-|\n| A | 5 |", "Class Limit A 5"),
        ("cut from a row | 12 | 15", "cut from a row 12 15"),
        ("And then...", "And then..."),
        ("a --- b -- c", "a --- b -- c"),
        ("x = y || z", "x = y z"),
        ("if a|b and c||d", "if a|b and c||d"),
        ("a cell with \\| in it", "a cell with \\| in it"),
        ("1.2.3.4 and -5", "1.2.3.4 and -5"),
        ("", ""),
    ],
)
def test_leaders_and_rules_become_spaces(text: str, read: str) -> None:
    assert strip_leaders(text).split() == read.split()


def test_offsets_do_not_change() -> None:
    text = "| Vaccine | Range |\n|-|-|\n| MMR | 2 to 8 °C ........ |\n"
    read = strip_leaders(text)
    assert len(read) == len(text)
    assert all(now in (" ", before) for now, before in zip(read, text, strict=True))


def test_one_mark_replaces_at_most_64_characters() -> None:
    assert strip_leaders("." * 6_300).count(".") == 100


@pytest.mark.parametrize("hostile", ["|" * 200_000 + "x", "-" * 200_000, ". " * 200_000 + "x"])
def test_time_grows_linearly_with_length(hostile: str) -> None:
    """With quadratic time this would not end before the test's time limit."""
    assert len(strip_leaders(hostile)) == len(hostile)
