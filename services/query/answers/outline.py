"""Keeps the path of headings while the units of a passage are read. No I/O."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from services.query.answers.units import Unit

SEPARATOR = " > "
_NUMBER = re.compile(r"(?:§\s?)?(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s")


class Outline:
    """The headings above the unit that is read, outermost first.

    Chunks keep the path of their first text only. The level of a heading further below follows from
    its number, or from headings like it: one that comes again, or that shares a word with it
    (`Class hemp`, `Class jute`), has the same level; one that comes several times stands below one
    that does not; any other stands beside the heading before it.
    """

    def __init__(self, section: str, title: str, units: Sequence[Unit]) -> None:
        self._path = [part for part in section.split(SEPARATOR) if part]
        self._levels = {_same(part): at for at, part in enumerate(self._path)}
        texts = [_same(unit.text) for unit in units if unit.kind == "heading"]
        self._often = {text for text, count in Counter(texts).items() if count > 1}
        self._title = _same(title)
        # The headings with which the passage begins are the end of its path.
        self._begun = False
        self._last_was_heading = False
        self._opening = self._opening_headings(units)

    @property
    def path(self) -> tuple[str, ...]:
        """Return the headings, outermost first."""
        self._begun = True
        self._last_was_heading = False
        return tuple(self._path)

    def enter(self, unit: Unit) -> None:
        """Take a heading into the path."""
        text = " ".join(unit.text.strip("*_# ").rstrip(":").split())
        if not self._begun and unit in self._opening:
            return
        level = self._level(text)
        self._begun = True
        self._path = [*self._path[:level], text]
        self._levels[_same(text)] = level
        self._last_was_heading = True

    def _level(self, text: str) -> int:
        same = _same(text)
        if same in self._levels and self._levels[same] <= len(self._path):
            return self._levels[same]
        if number := _NUMBER.match(text):
            depth = number[1].count(".")
            numbered = [_NUMBER.match(part) for part in self._path]
            for at, found in enumerate(numbered):
                if found and found[1].count(".") >= depth:
                    return at
            return len(self._path)
        if self._last_was_heading:
            return len(self._path)
        for at in reversed(range(len(self._path))):
            if _alike(text, self._path[at]) and (same in self._often) == (
                _same(self._path[at]) in self._often
            ):
                return at
        if same in self._often:
            return self._below_rare()
        while_often = [at for at, part in enumerate(self._path) if _same(part) in self._often]
        if while_often:
            return max(while_often[0] - 1, 0)
        beside = len(self._path) - 1
        if beside == 0 and _same(self._path[0]) == self._title:
            return 1
        return max(beside, 0)

    def _below_rare(self) -> int:
        for at in reversed(range(len(self._path))):
            if _same(self._path[at]) not in self._often:
                return at + 1
        return 0

    def _opening_headings(self, units: Sequence[Unit]) -> list[Unit]:
        """Return the headings at the begin of the passage that its path already has."""
        known = {_same(part) for part in self._path}
        opening: list[Unit] = []
        for unit in units:
            if unit.kind not in ("heading", "furniture"):
                break
            if unit.kind == "heading" and _same(unit.text) in known:
                opening.append(unit)
        return opening


def _same(text: str) -> str:
    return " ".join(text.strip("*_# ").rstrip(":").casefold().split())[:110]


def _alike(one: str, other: str) -> bool:
    """Return whether two headings share their first or last word, and have as many words."""
    first, second = one.casefold().split(), other.casefold().split()
    if len(first) != len(second) or len(first) < 2:
        return False
    return first[0] == second[0] or first[-1] == second[-1]
