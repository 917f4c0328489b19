"""Invented procedures, so that there is enough to read wherever pictures are taken."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

_THINGS = (
    "valve pump freezer filter sensor alarm label batch supplier record pallet seal gauge cabinet "
    "courier probe manifold scale logbook thermostat"
).split()
_DEEDS = (
    "inspected calibrated cleaned replaced approved released audited stored shipped reported "
    "weighed signed repaired labelled rejected"
).split()
_BY = (
    "the shift lead, the quality unit, the warehouse, a second person, the supplier, "
    "the night shift, the maintenance team, the data owner"
).split(", ")
_SENTENCES = 16
# The same in every procedure, as such rules are: their vectors are known from the second one on.
_RULES_SECTIONS = 12


class Writer:
    """Writes Markdown files that differ from one another, the same ones in every run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._count = 0
        self._dice = random.Random(7)
        rules = random.Random(11)
        self._rules = _sections("Rule", _RULES_SECTIONS, rules.choice, rules.randint)

    def short(self) -> Path:
        """A note of one passage."""
        return self._write(1, "")

    def long(self, sections: int) -> Path:
        """About a passage a section, and the rules that all share."""
        return self._write(sections, self._rules)

    def _write(self, sections: int, end: str) -> Path:
        self._count += 1
        path = self._folder / f"procedure-{self._count}.md"
        body = _sections(f"Step {self._count}.", sections, self._dice.choice, self._dice.randint)
        path.write_text(f"# Procedure {self._count}\n\n{body}{end}", encoding="utf-8")
        return path


def _sections(
    title: str, many: int, one_of: Callable[[list[str]], str], between: Callable[[int, int], int]
) -> str:
    def sentence() -> str:
        thing, other, deed, by = one_of(_THINGS), one_of(_THINGS), one_of(_DEEDS), one_of(_BY)
        return (
            f"Each {thing} near {other} {between(1, 99)} is {deed} by {by} "
            f"every {between(2, 60)} days."
        )

    return "".join(
        f"## {title}{number + 1}\n\n{' '.join(sentence() for _ in range(_SENTENCES))}\n\n"
        for number in range(many)
    )
