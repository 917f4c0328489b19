"""`python -m eval.own FOLDER`: writes the sets of our own, the same ones each time."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.own import layouts, records, series, wholes
from eval.own.blocks import CaseBook
from eval.own.writing import write_cases

_SEEDS = {"dev": 11, "test": 23}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both halves of every set and return 0."""
    parser = argparse.ArgumentParser(prog="python -m eval.own", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder for the sets")
    write(parser.parse_args(arguments).folder)
    return 0


def write(folder: Path) -> None:
    """Write each set as `answers/HALF/NAME`."""
    for half, seed in _SEEDS.items():
        chance = random.Random(seed)
        book = CaseBook()
        for part in (layouts, wholes, series, records):
            part.add(book, half, chance)
        write_cases(book, folder / "answers" / half / "layouts")


if __name__ == "__main__":
    sys.exit(main())
