"""Chunks that may become passages, with their plain texts. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from services.query.retrieval.passages import DENSE

if TYPE_CHECKING:
    from services.query.retrieval.passages import Explanation
    from shared.repositories.live_chunks import LiveChunk


class PlainChunk(NamedTuple):
    """A live chunk with its plain text, and that of its document's title and its section.

    `keys` are the words of each key of a table's rows.
    """

    row: LiveChunk
    plain: str
    keys: tuple[tuple[str, ...], ...]
    heading: str


class Candidate(NamedTuple):
    """A chunk with its score so far, and the scores of the retrievers that it was made from."""

    chunk: PlainChunk
    score: float
    scores: Mapping[str, float]
    explanation: Explanation | None = None

    @property
    def cosine(self) -> float | None:
        """Return the cosine of question and chunk; None if only other retrievers found it."""
        return self.scores.get(DENSE)
