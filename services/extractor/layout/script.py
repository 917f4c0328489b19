"""Detects right-to-left scripts and restores the letter order of their ligatures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise, takewhile
from unicodedata import combining

from services.extractor.document import Box

_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_NO_WIDTH = 0.05  # points; narrower letters share another one's sign
_TOUCHING = 0.5  # points between letters of one sign, allowing for rounding in the file
_SPACE = 0.12  # of the letters' height; a space between words is a fifth of it or more
_NO_SPACE = 0.05  # of the letters' height; letters of one word are nearer
_IN_NUMBERS = ".,:/%-"  # signs that run rightward between digits
_MAX_STRAY = 300  # characters; a printed line has fewer
_LETTER = re.compile(r"[^\W\d_]")


def reads_leftward(texts: Iterable[str]) -> bool:
    """Return whether most letters belong to a right-to-left script."""
    whole = "".join(texts)
    if whole.isascii() or not _LEFTWARD.search(whole):
        return False
    return 2 * len(_LEFTWARD.findall(whole)) > len(_LETTER.findall(whole))


def spelled_order(letters: Sequence[tuple[str, Box]]) -> str:
    """Return the letters of a line in spelling order.

    A ligature such as the Arabic lam-alef comes as several letters in page order: those without
    width first, at the right edge of the one with the width. This reverses them.
    """
    text, folded, edge = "", "", 0.0
    for letter, (x0, _, x1, _) in letters:
        if x1 - x0 < _NO_WIDTH and _LEFTWARD.match(letter) and not combining(letter):
            folded, edge = folded + letter, x1
        elif folded and abs(edge - x1) < _TOUCHING and _LEFTWARD.match(letter):
            text, folded = text + letter + folded[::-1], ""
        else:
            text, folded = text + folded + letter, ""
    return text + folded


def strayed_marks(letters: Sequence[tuple[str, Box]]) -> list[tuple[int, int]]:
    """Return which spaces and signs of a right-to-left line stand too early, and before what.

    Files put the sign that ends a word, and the space behind it, before letters that are to its
    right on the page. Each pair is an index and the index before which the character belongs; apply
    the pairs from the last one to the first.
    """
    found: list[tuple[int, int]] = []
    for at, (sign, (_, _, edge, _)) in enumerate(letters):
        if sign.isalnum() or combining(sign):
            continue
        passed = _right_of(edge, letters[at + 1 : at + _MAX_STRAY])
        if any(_LEFTWARD.match(letter) for letter in passed):
            found.append((at, at + 1 + len(passed)))
    return found


def _right_of(edge: float, letters: Sequence[tuple[str, Box]]) -> list[str]:
    """Return the first letters up to one that is not right of `edge`."""
    right = takewhile(lambda letter: letter[1][0] > edge - _TOUCHING, letters)
    return [letter for letter, _ in right]


def missing_spaces(letters: Sequence[tuple[str, Box]]) -> list[int]:
    """Return the indexes in a right-to-left line before which a space is missing.

    Numbers and Latin words run rightward in it, so that files put the space beside such a run at
    another place in their text. White space on the page shows where it belongs.
    """
    runs = [
        (kind, list(group))
        for kind, group in groupby(range(len(letters)), key=lambda at: _direction(letters[at][0]))
    ]
    found: list[int] = []
    for (before, held), (after, more) in pairwise(runs):
        if {before, after} == {"left", "right"}:
            left_edge = min(letters[at][1][0] for at in held)
            right_edge = max(letters[at][1][2] for at in more)
            height = letters[more[0]][1][3] - letters[more[0]][1][1]
            if left_edge - right_edge > _SPACE * height:
                found.append(more[0])
    return found


def false_spaces(letters: Sequence[tuple[str, Box]]) -> list[int]:
    """Return the indexes of spaces between two right-to-left letters that touch on the page.

    Files put such a space where a word changes its font or was justified.
    """
    found: list[int] = []
    for at in range(1, len(letters) - 1):
        if letters[at][0] == " ":
            (before, first), (after, second) = letters[at - 1], letters[at + 1]
            both = _LEFTWARD.match(before) and _LEFTWARD.match(after)
            if (
                both
                and first[2] - second[2] >= 0
                and first[0] - second[2] < _NO_SPACE * (first[3] - first[1])
            ):
                found.append(at)
    return found


def _direction(letter: str) -> str:
    if _LEFTWARD.match(letter):
        return "left"
    return "right" if letter.isalnum() or letter in _IN_NUMBERS else letter
