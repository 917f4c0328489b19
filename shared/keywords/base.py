"""Interface of a keyword index: the terms of chunks, found by BM25. It blocks; call it in a thread.

The database decides what is visible: a search may return chunks that are no longer shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from shared.domain.position import Position


@dataclass(frozen=True, slots=True)
class KeywordChunk:
    """One chunk as it is indexed. `section` is its path of headings, with all other context."""

    chunk_id: str
    document_id: str
    revision: int
    collection: str
    chunk_type: str
    title: str
    section: str
    content: str


class KeywordHit(NamedTuple):
    """One chunk found by a search; `score` is its BM25 score, above 0."""

    chunk_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, and the words that were searched instead of those that no chunk has."""

    hits: list[KeywordHit] = field(default_factory=list)
    similar: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class KeywordIndex(Protocol):
    """The terms of chunks. Open with `open_keywords`; methods may be called from any thread."""

    @property
    def position(self) -> Position | None:
        """Return the position of the last commit; None: it was never filled, so fill it."""
        ...

    def put(self, chunks: Sequence[KeywordChunk]) -> None:
        """Write chunks by id; the language of short ones is that of the others of their document.

        Searches see this and every other change from the next commit on.
        """

    def remove_document(self, document_id: str, *, below_revision: int | None = None) -> None:
        """Remove the chunks of a document, or those of its revisions below a number."""

    def commit(self, position: Position | None) -> None:
        """Make all changes visible and durable, together with the position they lead to."""

    def clear(self) -> None:
        """Remove every chunk and the position, at once."""

    def count(self) -> int:
        """Return the number of chunks."""
        ...

    def search(
        self,
        question: str,
        *,
        k: int,
        types: Sequence[str],
        collections: Sequence[str] = (),
        document_ids: Sequence[str] | None = None,
        also: Sequence[str] = (),
    ) -> Found:
        """Return the `k` chunks of these types with the best score.

        The words of `also`, synonyms of those of the question, are searched with less weight.

        Collections and documents restrict the search if they are given; with an empty sequence of
        documents nothing is found. A word that no chunk has is replaced by similar ones.
        """
        ...

    def explain(
        self, question: str, chunk_ids: Sequence[str], *, also: Sequence[str] = ()
    ) -> dict[str, dict[str, float]]:
        """Return the score of each word and code of a question that each of the chunks has.

        The scores of a chunk add up to its score in a search.
        """
        ...

    def neighbours(self, word: str) -> list[str]:
        """Return words of the index that begin with `word` or are spelt like it, nearest first."""
        ...

    def close(self) -> None:
        """Drop uncommitted changes and release the folder."""
