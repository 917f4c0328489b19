"""Answers made of the documents' own words: every sentence is a quote with its citation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.query.answers import selection
from services.query.answers.citations import Citation, cited
from services.query.answers.statements import Statement, statements
from services.query.answers.sub_questions import parts
from services.query.retrieval.passages import Passage

NOT_SAID = "The documents do not say."
_MOST_COMPARED = 40
_ABOUT_CHANGES = re.compile(
    r"\b(?:chang|version|revis|histor|amend|previous|former|earlier|introduc|new)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say; `sentences` and `citations` belong together by place."""

    mode: str
    sentences: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        return bool(self.citations)

    @property
    def text(self) -> str:
        """The answer with the number of its citation behind each sentence."""
        return " ".join(self.pieces)

    @property
    def pieces(self) -> list[str]:
        """The text in the pieces that a stream sends."""
        if not self.answered:
            return [NOT_SAID]
        numbered = zip(self.sentences, self.citations, strict=True)
        return [f"{sentence} [{citation.index}]" for sentence, citation in numbered]


class Answerer(Protocol):
    """Makes an answer from passages; one that can't be cited is none."""

    async def answer(self, question: str, passages: Sequence[Passage]) -> Answer: ...


class Encoder(Protocol):
    """What is needed of an encoder: (n texts) → (n, dimension) float32, L2-normalised."""

    async def encode(
        self, texts: Sequence[str], *, interactive: bool = False
    ) -> NDArray[np.float32]: ...


class ExtractiveAnswerer:
    """Picks the statements that are nearest to the question, or says that there are none.

    A passage or statement whose similarity is below `min_score` answers nothing.
    """

    mode = "extractive"

    def __init__(self, encoder: Encoder, *, min_score: float) -> None:
        self._encoder = encoder
        self._min_score = min_score

    async def answer(self, question: str, passages: Sequence[Passage]) -> Answer:
        relevant = [each for each in passages if each.score >= self._min_score]
        candidates = _candidates(question, relevant)
        if not candidates:
            return Answer(self.mode)
        asked = parts(question)
        texts = [*asked, *(each.meaning for each in candidates)]
        vectors = await self._encoder.encode(texts, interactive=True)
        of_parts, of_candidates = vectors[: len(asked)], vectors[len(asked) :]
        nearness = of_candidates @ of_parts.T
        if not self._is_answered(question, relevant, nearness):
            return Answer(self.mode)
        likeness = of_candidates @ of_candidates.T
        chosen = selection.choose(asked, candidates, nearness, likeness)
        return _composed(self.mode, selection.in_reading_order(chosen))

    def _is_answered(
        self, question: str, passages: Sequence[Passage], nearness: NDArray[np.float32]
    ) -> bool:
        """False if the passages are about something else than the question."""
        nearest = float(nearness.max())
        covered = selection.covered(question, passages, together=nearness.shape[1] > 1)
        sure = selection.confidence(nearest, covered) >= selection.THRESHOLD
        return sure and nearest >= self._min_score


def _candidates(question: str, passages: Sequence[Passage]) -> list[Statement]:
    """The statements of the best passages, none twice.

    What was changed is no answer unless the question is about changes.
    """
    past_too = _ABOUT_CHANGES.search(question) is not None
    found: dict[str, Statement] = {}
    for passage in passages:
        for statement in statements(passage):
            if past_too or not statement.historical:
                found.setdefault(statement.text, statement)
    return selection.likeliest(question, list(found.values()), _MOST_COMPARED)


def _composed(mode: str, chosen: Sequence[selection.Chosen]) -> Answer:
    citations = cited((each.statement.passage, each.statement.quote, each.score) for each in chosen)
    quoted = {citation.quote: citation for citation in citations}
    sentences = [each.statement.text for each in chosen if each.statement.quote in quoted]
    return Answer(mode, sentences, citations)
