"""Statements are encoded once, in one call, and compared with every question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from services.query.answers.similarity import Similarity
from services.query.retrieval.caches import QuestionVectors
from tests.support.fakes import AsyncEncoder

DIMENSION = 256
BYTES = 4 * DIMENSION
QUESTION = "Who stores the samples?"
TEXTS = ["Ada stores samples.", "Paint dries slowly.", "The samples are stored by Ben."]


class CountingEncoder(AsyncEncoder):
    """Counts the texts of each call, and may encode questions unlike texts."""

    def __init__(self, *, is_symmetric: bool = True) -> None:
        super().__init__(DIMENSION)
        self._is_symmetric = is_symmetric
        self.calls: list[list[str]] = []

    @property
    def is_symmetric(self) -> bool:
        return self._is_symmetric

    async def encode(
        self, texts: Sequence[str], *, interactive: bool = False
    ) -> NDArray[np.float32]:
        assert interactive
        self.calls.append(list(texts))
        return await super().encode(texts)

    async def encode_question(self, text: str) -> NDArray[np.float32]:
        vector = await super().encode_question(text)
        return vector if self._is_symmetric else -vector


async def test_a_text_is_encoded_once_for_all_questions() -> None:
    encoder = CountingEncoder()
    similarity = Similarity(encoder)
    first = await similarity.of([QUESTION], [TEXTS[0], TEXTS[1], TEXTS[0]])
    second = await similarity.of(["Who is Ben?", QUESTION], [*TEXTS[:2], TEXTS[2]])
    assert encoder.calls == [TEXTS[:2], TEXTS[2:]]
    assert first[0][0] == first[0][2]
    assert second[1][:2].tolist() == pytest.approx(first[0][:2].tolist())


async def test_cosines_are_those_of_the_encoder() -> None:
    encoder = CountingEncoder()
    vectors = await AsyncEncoder(DIMENSION).encode([QUESTION, *TEXTS])
    (found,) = await Similarity(encoder).of([QUESTION], TEXTS)
    assert found.tolist() == pytest.approx([float(each @ vectors[0]) for each in vectors[1:]])


async def test_a_question_that_was_searched_is_not_encoded_again() -> None:
    encoder = CountingEncoder()
    questions = QuestionVectors(encoder)
    await questions.of(QUESTION)
    await Similarity(encoder, questions).of([QUESTION], TEXTS)
    assert encoder.queries == 1
    assert encoder.calls == [TEXTS]


async def test_an_encoder_with_prefixes_compares_texts_with_texts() -> None:
    encoder = CountingEncoder(is_symmetric=False)
    (found,) = await Similarity(encoder).of([QUESTION], [QUESTION, TEXTS[1]])
    assert found[0] == pytest.approx(1)
    assert encoder.calls == [[QUESTION, TEXTS[1]]]


@pytest.mark.parametrize(("kept", "calls"), [(3, [TEXTS]), (2, [TEXTS, TEXTS[:1]])])
async def test_the_texts_used_longest_ago_are_dropped(kept: int, calls: list[list[str]]) -> None:
    encoder = CountingEncoder()
    similarity = Similarity(encoder, most_bytes=kept * BYTES)
    await similarity.of([QUESTION], TEXTS)
    await similarity.of([QUESTION], TEXTS[:1])
    assert encoder.calls == calls


async def test_no_statements_have_no_cosines() -> None:
    encoder = CountingEncoder()
    found = await Similarity(encoder).of([QUESTION, "Why?"], [])
    assert [each.tolist() for each in found] == [[], []]
    assert encoder.calls == []
