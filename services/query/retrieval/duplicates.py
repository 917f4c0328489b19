"""Drops passages that only repeat better ones. No I/O.

A passage is dropped if it says nothing that a better one does not say: one other number or name may
be the difference between two versions of a rule, so such passages are all kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from services.query.retrieval.candidates import Candidate

# Share of a passage's runs of three words that the better one must have, in any order of sentences.
_REPEATED = 0.8
# Share of the other one's length that a passage of another document must have: a short text that a
# longer document happens to contain is a source of its own.
_AS_LONG = 0.8
# Share of other words in a passage of the same document, such as the heading above a table.
_OTHER_WORDS = 0.05
# Cosines of a question with two nearly equal texts differ by no more than this.
_COSINES_APART = 0.1
# Words; shorter passages are labels and names, of which several may be wanted.
_LEAST_WORDS = 8
_RUN = 3


@dataclass(frozen=True)
class _Text:
    """A candidate with the words and runs of words of its plain text."""

    candidate: Candidate
    plain: str
    document_id: str

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(self.plain.split())

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        words = self.plain.split()
        return frozenset(zip(*(words[at:] for at in range(_RUN)), strict=False))

    def repeats(self, better: _Text) -> bool:
        """Return whether this says nothing that `better` does not say."""
        if self._is_far_from(better):
            return False
        beside = self.document_id == better.document_id
        if not beside and len(self.plain) < _AS_LONG * len(better.plain):
            return False
        if len(self.words) < _LEAST_WORDS:
            return False
        if self.plain in better.plain:
            return True
        other = self.words - better.words
        if len(other) > (_OTHER_WORDS * len(self.words) if beside else 0):
            return False
        if any(not word.isalpha() for word in other):
            return False
        return len(self.runs & better.runs) >= _REPEATED * len(self.runs)

    def _is_far_from(self, other: _Text) -> bool:
        mine, its = self.candidate.cosine, other.candidate.cosine
        return mine is not None and its is not None and abs(mine - its) > _COSINES_APART


def without_repetitions(candidates: Iterable[Candidate], limit: int) -> list[Candidate]:
    """Return the first `limit` candidates that repeat none before them, in their order."""
    kept: list[_Text] = []
    hashes: set[str] = set()
    for candidate in candidates:
        if len(kept) == limit:
            break
        row = candidate.chunk.row
        if row.text_hash in hashes:
            continue
        hashes.add(row.text_hash)
        text = _Text(candidate, candidate.chunk.plain, row.document_id)
        if not any(text.repeats(better) for better in kept):
            kept.append(text)
    return [each.candidate for each in kept]
