"""Chooses the statements that answer a question, or decides that none does. No I/O.

The best statement decides whether the question is answered: a logistic blend of its features must
reach one half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.query.answers import guard, relevance
from services.query.answers.keys import Keys, keys_of
from services.query.answers.relevance import Features, Weighted
from services.query.answers.statements import Statement

# Statements encoded per question; encoding them takes most of an answer's time.
MAX_COMPARED = 12
# Order of statements: weight of each feature beside the similarity.
_COVERAGE = 0.8
_OWN = 0.2
_KEY = 0.3
_EXPECTED = 0.15
_ANOTHER = 0.15
_UNNAMED = 0.3
# The gate. In the order of `Features.values`.
GATE = (4.0, 5.0, 0.5, 1.0, 0.5, -2.0, -3.0, -1.0, -1.5)
BIAS = -4.2

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement that may answer, with its features."""

    statement: Statement
    features: Features

    @property
    def score(self) -> float:
        """Return how well it answers, for ordering."""
        each = self.features
        return (
            each.similarity
            + _COVERAGE * each.coverage
            + _OWN * each.own
            + _KEY * each.key
            + _EXPECTED * (each.expected - each.lacking)
            - _ANOTHER * each.another
            - _UNNAMED * each.unnamed
        )

    @property
    def confidence(self) -> float:
        """Return the probability that it answers the question."""
        total = BIAS + float(np.dot(GATE, self.features.values()))
        return 1 / (1 + math.exp(-total))


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The statements of one question that are worth comparing by meaning."""

    question: str
    keys: Keys
    weighted: Weighted
    statements: list[Statement]
    # Keys of the question under which no statement stands.
    unmet: list[str]


def shortlist(question: str, statements: Sequence[Statement]) -> Shortlist:
    """Return the statements under the keys of a question that have most of its words."""
    keys = keys_of(question)
    of = relevance.weighted(keys, statements)
    standing = [each for each in statements if guard.stands_under(each, keys)]
    unmet = guard.unmet(statements, keys) if statements else []
    if unmet:
        standing = []
    likely = {
        at: relevance.coverage(of, each)[0]
        + _KEY * relevance.key_match(keys, each)
        + _PASSAGE_WEIGHT * each.passage.score
        for at, each in enumerate(standing)
    }
    best = sorted(likely, key=lambda at: -likely[at])[:MAX_COMPARED]
    return Shortlist(question, keys, of, [standing[at] for at in best], unmet)


# Scores of passages can be compared within one response only.
_PASSAGE_WEIGHT = 0.3


def candidates(of: Shortlist, similarity: Sequence[float]) -> list[Candidate]:
    """Return the candidates of a shortlist, best first; `similarity` in the order of statements."""
    made = [
        Candidate(each, relevance.features(of.question, of.weighted, each, float(cosine)))
        for each, cosine in zip(of.statements, similarity, strict=True)
    ]
    return sorted(made, key=lambda each: -each.score)


def is_answered(best: Candidate) -> bool:
    """Return whether the best candidate surely answers."""
    return best.confidence >= 0.5
