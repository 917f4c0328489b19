"""Extractive answers: a literal quote of a document, which the citation has, backs every sentence.

A sentence is its quote without line breaks; a table row is shown below the header of its table.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.query.answers import attributes, composition, disagreement, naming, selection, wholes
from services.query.answers.citations import Citation, Claim, cited, claims, is_verified
from services.query.answers.keys import keys_of
from services.query.answers.similarity import Similarity
from services.query.answers.statement import Statement
from services.query.answers.statements import statements
from services.query.question import Question
from services.query.retrieval.caches import QuestionVectors
from services.query.retrieval.passages import Passage
from shared.domain.status import Grounding, Mode
from shared.encoders.base import AsyncEncoder

NOT_SAID = "The documents do not say."
NOTHING_NEAR = "Nothing near was found."
# Passages shown with an answer that says that the documents do not answer.
_NEAREST = 3
# Further texts that a list may span; forty items rarely take more.
_TEXTS_OF_LIST = 2
_ABOUT_CHANGES = re.compile(
    r"\b(?:chang|version|revis|histor|amend|previous|former|earlier|introduc|new)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences with their citations, both in the same order; without any, what was nearest.

    `preface` says that the documents disagree, and from when they are. `unmet` are the codes,
    numbers and names of the question that no document has.
    """

    mode: Mode
    sentences: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    nearest: list[Passage] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    preface: str = ""

    @property
    def grounding(self) -> Grounding:
        return "cited" if self.answered else "abstained"

    @property
    def claims(self) -> list[Claim]:
        return claims(self.sentences, self.pieces, self.citations) if self.answered else []

    @property
    def answered(self) -> bool:
        return bool(self.citations)

    @property
    def text(self) -> str:
        """Return the answer with the number of its citation behind each sentence."""
        return "".join(self.pieces)

    @property
    def pieces(self) -> list[str]:
        """Return the text in the pieces that a stream sends."""
        if not self.answered:
            said = NOT_SAID if self.nearest else NOTHING_NEAR
            return [composition.refusal(said, self.unmet)]
        numbers = [each.index for each in self.citations]
        first, *others = composition.pieces(self.sentences, numbers)
        return [f"{self.preface} {first}".lstrip(), *others]


# Returns the text that follows a passage in its document.
TextAfter = Callable[[Passage], Awaitable[Passage | None]]


async def _no_text(_: Passage) -> Passage | None:
    return None


class Answerer(Protocol):
    """Makes an answer from passages; a sentence without a citation is left out."""

    async def answer(
        self, question: Question, passages: Sequence[Passage], text_after: TextAfter = _no_text
    ) -> Answer: ...

    def nearest(self, passages: Sequence[Passage]) -> list[Passage]: ...


class ExtractiveAnswerer:
    """Picks the statements that answer the question, or answers `NOT_SAID`.

    A passage with a cosine below `min_score` is not shown as near; one without a cosine was found
    by its words.
    """

    mode: Mode = "extractive"

    def __init__(
        self,
        encoder: AsyncEncoder,
        *,
        min_score: float,
        questions: QuestionVectors | None = None,
    ) -> None:
        self._similarity = Similarity(encoder, questions)
        self._min_score = min_score

    async def answer(
        self, question: Question, passages: Sequence[Passage], text_after: TextAfter = _no_text
    ) -> Answer:
        found = _statements(question, passages)
        lists = [selection.shortlist(each.text, found, each.setting) for each in question.asked]
        parts: list[composition.Part] = []
        preface = ""
        for of, ranked in zip(lists, await self._ranked(lists), strict=True):
            known = [one for part in parts for one in part.statements]
            ordered = selection.chained(ranked, known, of)
            answers = selection.answering(ordered, of.keys)
            if len(answers) == 1:
                answers = disagreement.disagreeing(answers[0], ordered, of.keys)
                if len(answers) > 1:
                    preface = disagreement.preface([each.statement for each in answers])
            for each in answers:
                passage = each.statement.passage
                same = [one for one in found if one.passage is passage]
                group = wholes.whole(each.statement, same, of.keys, of.question)
                parts.append(composition.Part(group, each.features.similarity))
                parts += await _rest_of_list(parts[-1], same, text_after)
        answer = _composed(self.mode, parts, preface)
        if answer.answered:
            return answer
        unmet = list(dict.fromkeys(key for each in lists for key in each.unmet))
        return Answer(self.mode, nearest=self.nearest(passages), unmet=unmet)

    def nearest(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return the passages to show if none answers."""
        return [each for each in passages if self._is_near(each)][:_NEAREST]

    def _is_near(self, passage: Passage) -> bool:
        return passage.cosine is None or passage.cosine >= self._min_score

    async def _ranked(
        self, lists: Sequence[selection.Shortlist]
    ) -> list[list[selection.Candidate]]:
        """Return the candidates of each shortlist, best first; texts are compared together."""
        chosen = [selection.promising(each, is_part=len(lists) > 1) for each in lists]
        compared = list(dict.fromkeys(one.statement for each in chosen for one in each))
        if not compared:
            return [[] for _ in lists]
        similarities = await self._similarity.of(
            [each.question for each in lists], [each.meaning for each in compared]
        )
        places = {each: at for at, each in enumerate(compared)}
        return [
            selection.ordered(each, [float(similarity[places[one.statement]]) for one in each])
            for each, similarity in zip(chosen, similarities, strict=True)
        ]


async def _rest_of_list(
    part: composition.Part, same: Sequence[Statement], text_after: TextAfter
) -> list[composition.Part]:
    """Return the items of the next texts that continue a whole list at the end of its passage."""
    rest: list[composition.Part] = []
    while len(rest) < _TEXTS_OF_LIST and wholes.is_cut(part.statements, same):
        following = await text_after(part.passage)
        if following is None:
            break
        same = statements(following)
        items = wholes.continued(same)
        if not items:
            break
        part = composition.Part(items, part.score)
        rest.append(part)
    return rest


def _statements(question: Question, passages: Sequence[Passage]) -> list[Statement]:
    """Return distinct statements of the passages, with change histories only if asked about."""
    past_too = _ABOUT_CHANGES.search(question.text) is not None
    found: dict[tuple[str, str], Statement] = {}
    # What is asked of a thing, as its ISBN, is not what a document is about.
    asked = attributes.asked(question.text)
    names = [name for name in keys_of(question.text).names if not asked.issuperset(name.stems)]
    about = naming.names_of_documents(names, passages)
    for passage in passages:
        for statement in statements(passage, about[passage.document_id]):
            if past_too or not statement.historical:
                found.setdefault((passage.document_id, statement.meaning), statement)
    return list(found.values())


def _composed(mode: Mode, parts: Sequence[composition.Part], preface: str) -> Answer:
    """Return the answer of the parts that may be quoted, each once."""
    widest = [each for each in parts if not any(other.covers(each) for other in parts)]
    quotes = {(each.passage.chunk_id, each.quote.start, each.quote.end): each for each in widest}
    verified = [each for each in quotes.values() if is_verified(each.quote)]
    texts = [each.text for each in verified]
    citations = cited(each.quote for each in verified)
    return Answer(mode, texts, citations, preface=preface if len(texts) > 1 else "")
