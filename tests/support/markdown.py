"""Writes Markdown documents for tests; the same seed gives the same documents."""

from __future__ import annotations

import random
from pathlib import Path

_WORDS = (
    "valve pressure inspection record sensor freezer deviation supplier audit batch release label "
    "training document approval shift alarm filter pump calibration storage transport incident"
).split()


def write_notes(folder: Path, count: int, *, seed: int, sections: int = 6) -> list[Path]:
    """Write Markdown files of 1 to about `3 * sections` passages each, different for each seed."""
    made = random.Random(seed)
    paths = [folder / f"procedure-{seed}-{number}.md" for number in range(count)]
    for path in paths:
        path.write_text(_note(made, path.stem, sections), encoding="utf-8")
    return paths


def _note(made: random.Random, title: str, sections: int) -> str:
    parts = [f"# {title.capitalize()}\n"]
    for section in range(made.randint(1, sections)):
        sentences = [
            " ".join(made.choices(_WORDS, k=made.randint(6, 14))).capitalize() + "."
            for _ in range(made.randint(5, 40))
        ]
        parts.append(f"## Part {section + 1}\n\n{' '.join(sentences)}\n")
    return "\n".join(parts)
