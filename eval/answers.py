"""Measures answers, and refusals of questions without an answer: `python -m eval.answers`.

Uses every second question of XQuAD (English); weights and threshold were fitted on the others. A
question can't be answered if only articles of the other half are searched ("off topic"), or all
texts but the one with its answer, if no other text of the article has it ("on topic").
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from eval.dataset import Dataset, Query, folder, load
from services.query.answers.extractive import Answer, ExtractiveAnswerer
from services.query.question import Question
from services.query.retrieval.passages import DENSE, Passage
from shared.encoders import EncoderOptions, open_encoder
from shared.encoders.base import Embeddings, TextEncoder
from shared.settings import Settings
from shared.vectors.exact import nearest

HELD_OUT = slice(1, None, 2)
TOP_K = 10


class CachingEncoder:
    """An `AsyncEncoder` that encodes no text twice: many questions share their sentences."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self._encoder = encoder
        self._known: dict[str, Embeddings] = {}

    async def encode(self, texts: Sequence[str], *, interactive: bool = False) -> Embeddings:
        fresh = list({text for text in texts if text not in self._known})
        for start in range(0, len(fresh), 64):
            part = fresh[start : start + 64]
            self._known |= dict(zip(part, self._encoder.encode(part), strict=True))
        return np.stack([self._known[text] for text in texts])

    async def encode_question(self, text: str) -> Embeddings:
        vector: Embeddings = (await self.encode([text]))[0]
        return vector


@dataclass
class Tally:
    """The answers to the questions of one kind."""

    answers: list[tuple[Query, Answer]] = field(default_factory=list)

    def answered(self) -> float:
        """Return the share of answered questions."""
        return float(np.mean([answer.answered for _, answer in self.answers]))

    def contained(self) -> float:
        """Return the share of questions with a known answer in a quote."""
        return float(np.mean([_has_answer(*each) for each in self.answers]))

    def citations(self) -> float:
        """Return the mean number of citations of answered questions."""
        numbers = [len(answer.citations) for _, answer in self.answers if answer.answered]
        return float(np.mean(numbers))


class Evaluation:
    """Answers a dataset's questions from some of its texts."""

    def __init__(self, dataset: Dataset, encoder: TextEncoder, min_score: float) -> None:
        self._dataset = dataset
        self._encoder = CachingEncoder(encoder)
        self._answerer = ExtractiveAnswerer(self._encoder, min_score=min_score)

    async def ask(self, query: Query, ids: Sequence[str]) -> Answer:
        """Answer from the texts with these ids only."""
        matrix = await self._encoder.encode([self._dataset.texts[each] for each in ids])
        vector = await self._encoder.encode_question(query.text)
        hits = nearest(ids, matrix, vector, TOP_K)
        passages = [self._passage(hit.chunk_id, hit.score) for hit in hits]
        return await self._answerer.answer(Question.from_text(query.text), passages)

    def _passage(self, text_id: str, score: float) -> Passage:
        text = self._dataset.texts[text_id]
        article, ordinal = text_id.split("-")
        return Passage(
            content=text,
            score=score,
            scores={DENSE: score},
            document_id=article,
            title="",
            source="",
            page=1,
            bbox=None,
            chunk_id=text_id,
            chunk_type="text",
            section="",
            picture=None,
            ordinal=int(ordinal),
            text_hash=text_id,
        )


async def evaluate(dataset: Dataset, evaluation: Evaluation) -> dict[str, Tally]:
    """Ask the held-out questions and return the answers by kind of question."""
    tallies = {"answerable": Tally(), "off topic": Tally(), "on topic": Tally()}
    for query in dataset.queries[HELD_OUT]:
        own = next(iter(query.relevant))
        article = _article(own)
        kinds = {
            "answerable": list(dataset.texts),
            "off topic": [each for each in dataset.texts if (_article(each) - article) % 2],
        }
        if not _answered_elsewhere(dataset, query, own):
            kinds["on topic"] = [each for each in dataset.texts if each != own]
        for kind, ids in kinds.items():
            answer = await evaluation.ask(query, ids)
            tallies[kind].answers.append((query, answer))
    return tallies


def _article(text_id: str) -> int:
    return int(text_id.split("-")[0])


def _answered_elsewhere(dataset: Dataset, query: Query, own: str) -> bool:
    others = (
        text.lower()
        for text_id, text in dataset.texts.items()
        if text_id != own and _article(text_id) == _article(own)
    )
    return any(answer.lower() in text for text in others for answer in query.answers)


def _has_answer(query: Query, answer: Answer) -> bool:
    quotes = " ".join(citation.quote.lower() for citation in answer.citations)
    return any(known.lower() in quotes for known in query.answers)


def main() -> None:
    encoder = open_encoder(EncoderOptions())
    dataset = load(folder(), "xquad/en")
    min_score = Settings.model_fields["answer_min_score"].default
    tallies = asyncio.run(evaluate(dataset, Evaluation(dataset, encoder, min_score)))
    encoder.close()
    answerable, *others = tallies.items()
    kind, tally = answerable
    print(f"{kind}: {tally.answered():.3f} answered, {tally.contained():.3f} with the known answer")
    print(f"  in a quote, {tally.citations():.2f} citations each ({len(tally.answers)} questions)")
    for kind, tally in others:
        print(f"{kind}: {1 - tally.answered():.3f} refused ({len(tally.answers)} questions)")


if __name__ == "__main__":
    main()
