"""Extractive answers: a literal quote of a document, which the citation has, backs every sentence.

A sentence is its quote without line breaks; a table row is worded with the names of its columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from services.query.answers import selection
from services.query.answers.citations import Citation, Claim, Quote, cited, claims, is_verified
from services.query.answers.statements import Statement, statements
from services.query.question import Question
from services.query.retrieval.passages import Passage
from shared.encoders.base import AsyncEncoder

Mode = Literal["extractive"]
Grounding = Literal["cited", "ungrounded", "abstained"]
NOT_SAID = "The documents do not say."
# Passages shown with an answer that says that the documents do not answer.
_NEAREST = 3
# Statements encoded per question; encoding them takes most of an answer's time.
_MAX_COMPARED = 40
_ABOUT_CHANGES = re.compile(
    r"\b(?:chang|version|revis|histor|amend|previous|former|earlier|introduc|new)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences with their citations, both in the same order; without any, what was nearest."""

    mode: Mode
    sentences: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    nearest: list[Passage] = field(default_factory=list)

    @property
    def grounding(self) -> Grounding:
        return "cited" if self.answered else "abstained"

    @property
    def claims(self) -> list[Claim]:
        return claims(self.sentences, self.citations)

    @property
    def answered(self) -> bool:
        return bool(self.citations)

    @property
    def text(self) -> str:
        """Return the answer with the number of its citation behind each sentence."""
        return " ".join(self.pieces)

    @property
    def pieces(self) -> list[str]:
        """Return the text in the pieces that a stream sends."""
        if not self.answered:
            return [NOT_SAID]
        numbered = zip(self.sentences, self.citations, strict=True)
        return [f"{sentence} [{citation.index}]" for sentence, citation in numbered]


class Answerer(Protocol):
    """Makes an answer from passages; a sentence without a citation is left out."""

    async def answer(self, question: Question, passages: Sequence[Passage]) -> Answer: ...


class ExtractiveAnswerer:
    """Picks the statements that answer the question, or answers `NOT_SAID`.

    Passages and statements with a cosine below `min_score` are not used. Fused scores are not
    compared with it, because they depend on the ranks alone.
    """

    mode: Mode = "extractive"

    def __init__(self, encoder: AsyncEncoder, *, min_score: float) -> None:
        self._encoder = encoder
        self._min_score = min_score

    async def answer(self, question: Question, passages: Sequence[Passage]) -> Answer:
        relevant = [each for each in passages if self._is_near(each)]
        candidates = _candidates(question, relevant)
        if not candidates:
            return self._abstention(passages)
        asked = question.asked
        texts = [*(each.text for each in asked), *(each.meaning for each in candidates)]
        vectors = await self._encoder.encode(texts, interactive=True)
        of_questions, of_candidates = vectors[: len(asked)], vectors[len(asked) :]
        similarity = of_candidates @ of_questions.T
        if not self._is_answered(question, relevant, similarity):
            return self._abstention(passages)
        redundancy = of_candidates @ of_candidates.T
        chosen = selection.choose(asked, candidates, similarity, redundancy)
        answer = _composed(self.mode, selection.in_reading_order(chosen))
        return answer if answer.answered else self._abstention(passages)

    def _abstention(self, passages: Sequence[Passage]) -> Answer:
        return Answer(self.mode, nearest=list(passages[:_NEAREST]))

    def _is_near(self, passage: Passage) -> bool:
        return passage.cosine is None or passage.cosine >= self._min_score

    def _is_answered(
        self, question: Question, passages: Sequence[Passage], similarity: NDArray[np.float32]
    ) -> bool:
        """Return False if the passages are about another subject than the question."""
        best = float(similarity.max())
        coverage = selection.term_coverage(question, passages, together=similarity.shape[1] > 1)
        sure = selection.confidence(best, coverage) >= selection.THRESHOLD
        return sure and best >= self._min_score


def _candidates(question: Question, passages: Sequence[Passage]) -> list[Statement]:
    """Return distinct statements of the passages, with change histories only if asked about."""
    past_too = _ABOUT_CHANGES.search(question.text) is not None
    found: dict[str, Statement] = {}
    for passage in passages:
        for statement in statements(passage):
            if past_too or not statement.historical:
                found.setdefault(statement.text, statement)
    return selection.preselect(question, list(found.values()), _MAX_COMPARED)


def _composed(mode: Mode, chosen: Sequence[selection.Chosen]) -> Answer:
    quotes = [(_quote(each), each.statement.text) for each in chosen]
    verified = [(quote, text) for quote, text in quotes if is_verified(quote)]
    return Answer(mode, [text for _, text in verified], cited(quote for quote, _ in verified))


def _quote(each: selection.Chosen) -> Quote:
    statement = each.statement
    end = statement.start + len(statement.quote)
    return Quote(statement.passage, statement.start, end, each.score)
