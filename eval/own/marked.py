"""Cases over documents of the kinds that offices have, with the needed statements marked by hand.

The texts and questions of both halves lie in `texts/`, the ending before `.md` is the format of the
document; the sample documents belong to both. A question has `all`, phrases of a right answer, and
`needed`, a part of each statement that it is made of (by default the same); without `all` no
document answers it.
"""

from __future__ import annotations

import json
from pathlib import Path

from eval.own.blocks import CaseBook, Draft
from eval.own.markdown_source import blocks_of

SAMPLES = Path(__file__).parents[2] / "samples"
TEXTS = Path(__file__).parent / "texts"
_SAMPLE_ENDINGS = (".pdf", ".docx")


def samples() -> list[Path]:
    """Return the paths of the sample documents."""
    return sorted(path for path in SAMPLES.iterdir() if path.suffix in _SAMPLE_ENDINGS)


def add(book: CaseBook, half: str) -> None:
    """Add the texts and questions of a half, each asked among all of its documents."""
    for path in sorted((TEXTS / half).glob("*.md")):
        source = path.read_text(encoding="utf-8")
        book.drafts.append(Draft(path.stem, tuple(blocks_of(source))))
    files = [draft.name for draft in book.drafts] + [path.name for path in samples()]
    with (TEXTS / half / "questions.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            every = row.get("all", [])
            book.ask(
                "answerable" if every else "unanswerable",
                files,
                row["q"],
                every=every,
                absent=row.get("absent", []),
                needed=row.get("needed", every),
            )
