"""`python -m eval.own FOLDER`: writes the sets of our own, the same ones each time.

Questions about documents of a corpus are written only if QUIRE_CORPUS names its folder.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.own import keys, languages, layouts, marked, real, records, series, wholes
from eval.own.blocks import CaseBook
from eval.own.writing import write_cases

# The seed of each half.
HALVES = {"dev": 11, "test": 23}
# Layouts alone, which no change is checked on while it is made, and the seed of them.
FRESH, _FRESH_SEED = "fresh", 37


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both halves of every set and return 0."""
    parser = argparse.ArgumentParser(prog="python -m eval.own", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder for the sets")
    write(parser.parse_args(arguments).folder)
    return 0


def write(folder: Path) -> None:
    """Write each set as `answers/HALF/NAME` or `retrieval/HALF/NAME`."""
    for half in (*HALVES, FRESH):
        if half in HALVES:
            languages.write(half, folder / "retrieval" / half)
        for name, book in books(half).items():
            others = marked.samples() if name == "marked" else []
            write_cases(book, folder / "answers" / half / name, others)
    if corpus := os.environ.get("QUIRE_CORPUS"):
        for split in real.SPLITS:
            book = CaseBook()
            real.add(book, split)
            write_cases(
                book, folder / "answers" / split / "real", real.documents(split, Path(corpus))
            )


def books(half: str) -> dict[str, CaseBook]:
    """Return the sets of one half by name."""
    made = {"layouts": CaseBook()}
    # A generator for each set, so that a change of one leaves the others as they are.
    chance = random.Random(HALVES.get(half, _FRESH_SEED))
    for part in (layouts, wholes, series, records):
        part.add(made["layouts"], half, chance)
    if half == FRESH:
        return made
    made |= {name: CaseBook() for name in ("keys", "marked")}
    keys.add(made["keys"], half, random.Random(HALVES[half]))
    marked.add(made["marked"], half)
    return made


if __name__ == "__main__":
    sys.exit(main())
