"""Drops passages that only repeat better ones. No I/O.

A passage is dropped if it says nothing that a better one does not say: one other number or name may
be the difference between two versions of a rule, so such passages are all kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from services.query.retrieval.passages import Passage

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
    """A passage with its plain text, and the words and runs of words of that."""

    passage: Passage
    plain: str

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(self.plain.split())

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        words = self.plain.split()
        return frozenset(zip(*(words[at:] for at in range(_RUN)), strict=False))

    def repeats(self, better: _Text) -> bool:
        """Return whether this says nothing that `better` does not say."""
        if self._is_far_from(better) or len(self.words) < _LEAST_WORDS:
            return False
        beside = self.passage.document_id == better.passage.document_id
        if not beside and len(self.plain) < _AS_LONG * len(better.plain):
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
        mine, its = self.passage.cosine, other.passage.cosine
        return mine is not None and its is not None and abs(mine - its) > _COSINES_APART


def without_repetitions(
    passages: Iterable[Passage], plain_text: Callable[[Passage], str], limit: int
) -> list[Passage]:
    """Return the first `limit` passages that repeat none before them, in their order."""
    kept: list[_Text] = []
    hashes: set[str] = set()
    for passage in passages:
        if len(kept) == limit:
            break
        if passage.text_hash in hashes:
            continue
        hashes.add(passage.text_hash)
        text = _Text(passage, plain_text(passage))
        if not any(text.repeats(better) for better in kept):
            kept.append(text)
    return [each.passage for each in kept]
