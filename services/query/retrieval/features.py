"""What a question and a passage share beyond single words: phrases, closeness, keys. No I/O.

Every feature is between 0 and 1 and needs no model. What is looked for in, plain texts and keys of
rows, is made before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from services.query.retrieval.plain_text import has_unspaced, plain
from shared.keywords.analysis import analyse_question
from shared.keywords.folding import fold

# Words of a question that are looked at, and places of one word in a passage: they bound the time.
_MOST_WORDS = 64
_MOST_PLACES = 8
# Letters in which words count as close: about two sentences.
_CLOSE = 200
# Letters of one piece of a phrase in scripts without spaces: about two words.
_PIECE = 4
# More than the sums of the same weights in another order differ by.
_ROUNDING = 1e-9
# Least letters of a beginning that stands for all forms of a word.
_LEAST_PREFIX = 3

# The words of a question that a text has, each with its places.
Places = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Features:
    """Shares (0 … 1) of a question that a passage has.

    phrase     pairs of neighbouring words, in the same order
    closeness  weight of the words that stand within 200 letters of each other
    heading    weight of the words that are in the document's title or the section's headings
    row        weight of the words that are the whole key of one row of a table
    """

    phrase: float = 0.0
    closeness: float = 0.0
    heading: float = 0.0
    row: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is looked for: its words, pieces of its phrase, beginnings of its words."""

    pieces: tuple[str, ...]
    needles: tuple[str, ...]
    words: frozenset[str] = frozenset()

    @classmethod
    def of(cls, question: str) -> Asked:
        """Return what to look for.

        >>> Asked.of("Who stores samples?").needles
        (' store', ' sampl')
        """
        words = plain(question).split()[:_MOST_WORDS]
        terms = analyse_question(question).terms[:_MOST_WORDS]
        needles = (_needle(fold(term.shown), fold(term.stems[0])) for term in terms)
        return cls(tuple(_pieces(words)), tuple(dict.fromkeys(needles)), frozenset(words))


class Compared:
    """Passages compared with a question, given their plain texts, headings, and keys of rows.

    A word's weight is its rarity among these passages, as inverse document frequency. Closeness
    takes longer than all else and adds least, so it is computed only of passages that are asked
    for; `upper` bounds it for the others.
    """

    def __init__(
        self,
        asked: Asked,
        texts: Sequence[str],
        headings: Sequence[str],
        keys: Sequence[Sequence[Sequence[str]]],
    ) -> None:
        self._asked = asked
        self._texts = texts
        self._present = [list(filter(text.__contains__, asked.needles)) for text in texts]
        counts = Counter(chain.from_iterable(self._present))
        self._weights = {
            needle: math.log(1 + (len(texts) + 1) / (counts[needle] + 0.5))
            for needle in asked.needles
        }
        self._total = sum(self._weights.values()) or 1.0
        pieces = len(asked.pieces) or 1
        self._phrases = [sum(map(text.__contains__, asked.pieces)) / pieces for text in texts]
        # Most passages stand below a few headings.
        shares = {
            heading: self._share(filter(heading.__contains__, asked.needles))
            for heading in set(headings)
        }
        self._headings = [shares[heading] for heading in headings]
        self._rows = [max(map(self._key, of_rows), default=0.0) for of_rows in keys]

    def upper(self, at: int) -> Features:
        """Return the features of a passage, its closeness as if all its words stood together."""
        most = self._share(self._present[at]) + _ROUNDING
        return Features(self._phrases[at], most, self._headings[at], self._rows[at])

    def exact(self, at: int) -> Features:
        """Return the features of a passage."""
        places = _places(self._present[at], self._texts[at])
        closeness = _closest(places, self._weights) / self._total
        return Features(self._phrases[at], closeness, self._headings[at], self._rows[at])

    def _key(self, words: Sequence[str]) -> float:
        """Return the weight of a row's key if the question has all of its words, else 0."""
        found: list[str] = []
        for word in words:
            mark = f" {word}"
            stem = next((each for each in self._asked.needles if mark.startswith(each)), None)
            if stem is not None:
                found.append(stem)
            elif word not in self._asked.words:
                return 0.0
        return self._share(dict.fromkeys(found))

    def _share(self, needles: Iterable[str]) -> float:
        return sum(self._weights[each] for each in needles) / self._total


def _pieces(words: Sequence[str]) -> Iterable[str]:
    """Return pairs of words, and for scripts without spaces all runs of four letters."""
    spaced = [word for word in words if not has_unspaced(word)]
    yield from (f" {first} {second} " for first, second in pairwise(spaced))
    for word in words:
        if has_unspaced(word):
            yield from (word[at : at + _PIECE] for at in range(max(1, len(word) - _PIECE + 1)))


def _needle(word: str, stem: str) -> str:
    """Return the letters with which every form of a word begins, after a space if it has spaces."""
    if has_unspaced(word):
        return word
    pairs = enumerate(zip(word, stem, strict=False))
    same = next((at for at, (mine, its) in pairs if mine != its), min(len(word), len(stem)))
    # A stemmer of English ends "study" and "studies" in an i.
    same -= word[:same].endswith("i")
    return f" {word[:same] if same >= _LEAST_PREFIX else word}"


def _places(needles: Iterable[str], text: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for needle in needles:
        at = text.find(needle)
        while at >= 0:
            places = found.setdefault(needle, [])
            places.append(at)
            at = text.find(needle, at + len(needle)) if len(places) < _MOST_PLACES else -1
    return found


def _closest(places: Places, weights: Mapping[str, float]) -> float:
    """Return the highest weight of different words within `_CLOSE` letters."""
    in_order = sorted((at, needle) for needle, of_needle in places.items() for at in of_needle)
    inside: dict[str, int] = {}
    best = weight = 0.0
    start = 0
    for at, needle in in_order:
        inside[needle] = inside.get(needle, 0) + 1
        if inside[needle] == 1:
            weight += weights[needle]
        while at - in_order[start][0] > _CLOSE:
            left = in_order[start][1]
            inside[left] -= 1
            if not inside[left]:
                weight -= weights[left]
            start += 1
        best = max(best, weight)
    return best
