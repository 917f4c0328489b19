"""Chooses the statements that answer a question, or decides that none does. No I/O.

A question counts as answered if one statement is near to it and a passage mentions its terms:
`similarity + 0.7 * coverage` reaches a threshold. Weights and threshold were fitted on one half of
the questions of XQuAD; `python -m eval answers` measures them on the other half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.query import lexical
from services.query.answers.statements import Statement
from services.query.question import Question
from services.query.retrieval.passages import Passage

# Statements of one answer: one for each sub-question that is searched.
MAX_STATEMENTS = 4
# Weight of the coverage (0 … 1) beside the similarity (a cosine), and their least sum. Fitted.
COVERAGE_WEIGHT = 0.7
THRESHOLD = 0.8
# Best passages in which the question's terms are looked for.
_PASSAGES_TO_COVER = 3
# Weights of shared words (0 … 1) and the passage's cosine beside a statement's similarity. Fitted.
_WORDS_WEIGHT = 0.4
_PASSAGE_WEIGHT = 0.5
# Further statements may be this much less relevant than the best one.
_MARGIN = 0.25
# λ of maximal marginal relevance: 1 ignores repetition, 0 ignores relevance.
_RELEVANCE = 0.8

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A statement of the answer; `score` is its similarity to the question that it answers."""

    statement: Statement
    score: float


def confidence(similarity: float, coverage: float) -> float:
    """Return the confidence that the passages contain the answer; `THRESHOLD` or more is enough."""
    return similarity + COVERAGE_WEIGHT * coverage


def term_coverage(question: Question, passages: Sequence[Passage], *, together: bool) -> float:
    """Return the weighted share (0 … 1) of the question's terms in the best of the first passages.

    `together` counts a term that any of them has, for a question with sub-questions.
    """
    words = [lexical.stems(f"{each.title} {each.section} {each.content}") for each in passages]
    weighted = lexical.weights(question.terms, words)
    first = words[:_PASSAGES_TO_COVER]
    if together:
        first = [frozenset().union(*first)]
    return max((lexical.coverage(weighted, each) for each in first), default=0.0)


def preselect(question: Question, statements: Sequence[Statement], limit: int) -> list[Statement]:
    """Return the `limit` best statements by words and passage cosine, in their original order."""
    if len(statements) <= limit:
        return list(statements)
    weighted = lexical.weights(question.terms, [each.stems for each in statements])
    likely = [
        lexical.coverage(weighted, each.stems) + (each.passage.cosine or 0.0) for each in statements
    ]
    best = sorted(range(len(statements)), key=lambda at: -likely[at])[:limit]
    return [statements[at] for at in sorted(best)]


def relevance(
    questions: Sequence[Question], statements: Sequence[Statement], similarity: Matrix
) -> Matrix:
    """Return (statements, questions): how well each statement answers each question.

    `similarity` is the cosine of the same shape; shared words and the passage's cosine are added.
    """
    words = [each.stems for each in statements]
    shared = np.empty_like(similarity)
    for column, question in enumerate(questions):
        weighted = lexical.weights(question.terms, words)
        shared[:, column] = [lexical.coverage(weighted, each) for each in words]
    passage = np.array([[each.passage.cosine or 0.0] for each in statements], similarity.dtype)
    relevant: Matrix = similarity + _WORDS_WEIGHT * shared + _PASSAGE_WEIGHT * passage
    return relevant


def choose(
    questions: Sequence[Question],
    statements: Sequence[Statement],
    similarity: Matrix,
    redundancy: Matrix,
) -> list[Chosen]:
    """Return the best statement for each question, then others nearly as good that add content.

    Further statements are chosen by maximal marginal relevance (Carbonell & Goldstein, 1998).
    `similarity` (statements, questions) and `redundancy` (statements, statements) are cosines.
    """
    relevant = relevance(questions, statements, similarity)
    best = relevant.max(axis=1)
    chosen: list[int] = []
    for column in relevant.T:
        at = int(column.argmax())
        if at not in chosen:
            chosen.append(at)
    floor = best.max() - _MARGIN
    while len(chosen) < MAX_STATEMENTS:
        gain = _RELEVANCE * best - (1 - _RELEVANCE) * redundancy[:, chosen].max(axis=1)
        gain[chosen] = -np.inf
        at = int(gain.argmax())
        if best[at] < floor or gain[at] == -np.inf:
            break
        chosen.append(at)
    return [Chosen(statements[at], float(similarity[at].max())) for at in chosen[:MAX_STATEMENTS]]


def in_reading_order(chosen: Sequence[Chosen]) -> list[Chosen]:
    """Sort by document, the one with the best statement first, then by position in it."""
    documents = list(dict.fromkeys(each.statement.passage.document_id for each in chosen))

    def place(each: Chosen) -> tuple[int, int, int]:
        passage = each.statement.passage
        return documents.index(passage.document_id), passage.ordinal, each.statement.start

    return sorted(chosen, key=place)
