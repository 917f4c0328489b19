"""How much of a question a statement has, in its own text or in those that it stands under. No I/O.

A word counts most where it is nearest: in the statement, its lead-in and headings, then in titles,
in the sentences before it, and least anywhere in its passage.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.query import wording
from services.query.answers import guard
from services.query.answers.keys import Keys, Term
from services.query.answers.statement import Place, Statement

# Share of a term's weight that counts, by the place of the text that has the term.
_OWN = 1.0
_SHARES: Mapping[Place, float] = {
    "own": _OWN,
    "title": 0.85,
    "continued": 0.75,
    "paragraph": 0.45,
    "passage": 0.3,
}
# The sentences of a paragraph under a key all tell about what has the key.
_KEYED: Mapping[Place, float] = {**_SHARES, "continued": 0.95, "paragraph": 0.95}
# Terms of a short question, of which each counts; the least weight of a term that names a thing.
SHORT = 3
_THING = 0.8
# Words for a message and its sending, which its fields need not say.
_MESSAGES = frozenset(map(wording.form, "send wrote mail mailed email message letter".split()))
# Share for a word that shares its first letters with a term, and how many of the longer word's.
_AKIN = 0.8
_AKIN_LETTERS = 5
_AKIN_SHARE = 0.7
# Pairs of a word and a text that are kept compared: enough for one question, which looks at them
# several times.
_KEPT_PAIRS = 4_096


@dataclass(frozen=True, slots=True)
class Weighted:
    """The terms of a question with their weight among the statements that are compared."""

    keys: Keys
    weights: Mapping[str, float]
    # Terms that no statement has, nor any text above one.
    missing: frozenset[str]

    @property
    def total(self) -> float:
        return sum(self.weights.values())


def weighted(keys: Keys, statements: Sequence[Statement]) -> Weighted:
    """Weigh each term by its kind and its rarity in the statements.

    Rarity is the logarithm of inverse document frequency (Spärck Jones, 1972).
    """
    texts = [each.known for each in statements]
    weights: dict[str, float] = {}
    missing: set[str] = set()
    for term in keys.terms:
        count = sum(found(term, text) > 0 for text in texts)
        rarity = math.log(1 + (len(texts) + 1) / (count + 0.5))
        weights[term.stem] = term.weight * rarity
        if not count:
            missing.add(term.stem)
    return Weighted(keys, weights, frozenset(missing))


def coverage(of: Weighted, statement: Statement) -> tuple[float, float, float]:
    """Return shares of weight: covered, covered by the text alone, and the most that is lacking."""
    if not of.weights or of.total == 0:
        return 0.0, 0.0, 0.0
    shares = _KEYED if any(term.is_key for term in of.keys.terms) else _SHARES
    placed = [(shares[place], text) for place, text in statement.levels]
    covered = own = worst = 0.0
    for term in of.keys.terms:
        weight = of.weights[term.stem]
        best = 0.0
        for share, text in placed:
            if share <= best:
                break
            best = max(best, share * found(term, text))
        if term.is_key and guard.is_under(statement, term):
            best = _OWN
        covered += weight * best
        worst = max(worst, weight * (1 - best))
        own += weight * found(term, placed[0][1])
    return covered / of.total, own / of.total, worst / of.total


def lacks_subject(of: Weighted, statement: Statement, *, of_message: bool = False) -> bool:
    """Return whether a short question has a thing that a statement and its levels do not name.

    A field of a message (`of_message`) is about what the message says, its subject included.
    """
    terms = [term for term in of.keys.terms if term.kind != "relation"]
    if len(terms) > SHORT:
        return False
    placed = [text for place, text in statement.levels if place != "passage"]
    if of_message:
        terms = [term for term in terms if term.stem not in _MESSAGES]
        placed.append(wording.words(statement.passage.content))
    return any(
        term.kind == "word"
        and term.weight >= _THING
        and not term.implied
        and not any(found(term, text) for text in placed)
        for term in terms
    )


def found(term: Term, text: wording.Words | frozenset[str]) -> float:
    """Return 1 if a text has the term, less for a word that is akin to it, else 0."""
    present = text if isinstance(text, frozenset) else text.present
    if term.stem in present:
        return 1.0
    if term.kind != "word" or len(term.stem) < _AKIN_LETTERS:
        return 0.0
    return _AKIN if _has_akin(term.stem, present) else 0.0


@lru_cache(maxsize=_KEPT_PAIRS)
def _has_akin(stem: str, present: frozenset[str]) -> bool:
    start = stem[:_AKIN_LETTERS]
    return any(word.startswith(start) and _akin(word, stem) for word in present)


def _akin(one: str, other: str) -> bool:
    shared = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return shared >= _AKIN_SHARE * max(len(one), len(other))
