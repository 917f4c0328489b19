"""Concurrent callers share batches without affecting each other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from shared.domain.errors import Unavailable
from shared.encoders.dynamic_batching import BatchingEncoder

DIMENSION = 4


class LengthEncoder:
    """Makes vectors of text lengths; batches wait for `gate`, and texts with `bad` fail them."""

    name = "length"
    dimension = DIMENSION
    max_tokens = 250
    languages = ("en",)
    is_symmetric = True

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[list[str]] = []
        self.started = threading.Semaphore(0)
        self.closed = False

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.batches.append(list(texts))
        self.started.release()
        assert self.gate.wait(10)
        if any("bad" in text for text in texts):
            raise ValueError("bad text")
        return np.stack([np.full(DIMENSION, len(text), np.float32) for text in texts])

    def encode_question(self, text: str) -> np.ndarray:
        return np.full(DIMENSION, len(text), np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def unknown_share(self, text: str) -> float:
        return 1.0 if "mystery" in text else 0.0

    def close(self) -> None:
        self.closed = True


class TokenLengthEncoder(LengthEncoder):
    """A `LengthEncoder` that is also a `TokenEncoder`."""

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        return [[1] * len(text) for text in texts]

    def encode_tokens(self, rows: Sequence[Sequence[int]]) -> np.ndarray:
        return self.encode(["x" * len(row) for row in rows])


async def until_started(inner: LengthEncoder, batches: int = 1) -> None:
    for _ in range(batches):
        assert await asyncio.to_thread(inner.started.acquire, timeout=10)


async def until_waiting(encoder: BatchingEncoder, texts: int) -> None:
    async with asyncio.timeout(10):
        while encoder.waiting < texts:  # noqa: ASYNC110 - the encoder has no event for waiting texts
            await asyncio.sleep(0)


@pytest.mark.parametrize("kind", [LengthEncoder, TokenLengthEncoder])
async def test_vectors_have_the_order_of_their_texts(kind: type[LengthEncoder]) -> None:
    encoder = BatchingEncoder(kind(), workers=2, batch_tokens=64)
    texts = ["x" * (index * 13 % 50) for index in range(100)]
    vectors = await encoder.encode(texts)
    assert vectors.dtype == np.float32
    assert vectors[:, 0].tolist() == [len(text) for text in texts]
    await encoder.close()


async def test_no_texts_give_no_rows() -> None:
    encoder = BatchingEncoder(LengthEncoder())
    assert (await encoder.encode([])).shape == (0, DIMENSION)
    await encoder.close()


async def test_concurrent_callers_share_batches() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1, batch_tokens=1024)
    inner.gate.clear()
    first = asyncio.create_task(encoder.encode(["first"]))
    await until_started(inner)
    later = [asyncio.create_task(encoder.encode(["x" * length])) for length in range(1, 9)]
    await until_waiting(encoder, 8)
    inner.gate.set()
    for length, task in enumerate(later, start=1):
        assert (await task)[0, 0] == length
    await first
    assert len(inner.batches) == 2
    await encoder.close()


async def test_batches_are_within_the_budget_and_of_similar_length() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1, batch_tokens=128)
    await encoder.encode(["x" * length for length in (5, 60, 5, 60, 5, 60, 5, 60)])
    assert [{len(text) for text in batch} for batch in inner.batches] == [{5}, {60}, {60}]
    await encoder.close()


async def test_a_faulty_text_fails_only_its_own_caller() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1)
    results = await asyncio.gather(
        *(encoder.encode([text, "fine"]) for text in ("one", "bad", "two")),
        return_exceptions=True,
    )
    assert [isinstance(result, ValueError) for result in results] == [False, True, False]
    assert not isinstance(results[0], BaseException)
    assert results[0][:, 0].tolist() == [3, 4]
    await encoder.close()


async def test_a_cancellation_affects_only_its_own_caller() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1, batch_tokens=16)
    inner.gate.clear()
    given_up = asyncio.create_task(encoder.encode(["gives up"] * 50))
    await until_started(inner)
    patient = asyncio.create_task(encoder.encode(["patient"]))
    given_up.cancel()
    inner.gate.set()
    assert (await patient)[0, 0] == len("patient")
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert len(inner.batches) <= 3
    await encoder.close()


async def test_the_oldest_caller_is_served_first() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1, batch_tokens=16)
    finished: list[int] = []

    async def call(number: int) -> None:
        await encoder.encode(["x" * 16] * 3)
        finished.append(number)

    await asyncio.gather(*(call(number) for number in range(4)))
    assert finished == [0, 1, 2, 3]
    await encoder.close()


async def test_interactive_calls_go_before_bulk_in_order_of_arrival() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1, batch_tokens=16)
    finished: list[str] = []

    async def call(name: str, *, interactive: bool) -> None:
        await encoder.encode(["x" * 16], interactive=interactive)
        finished.append(name)

    inner.gate.clear()
    calls = [asyncio.create_task(call("running", interactive=False))]
    await until_started(inner)
    waiting = [("bulk", False), ("first", True), ("second", True), ("third", True)]
    for texts, (name, interactive) in enumerate(waiting, start=1):
        calls.append(asyncio.create_task(call(name, interactive=interactive)))
        await until_waiting(encoder, texts)
    inner.gate.set()
    await asyncio.gather(*calls)
    assert finished == ["running", "first", "second", "third", "bulk"]
    await encoder.close()


async def test_interactive_texts_are_divided_among_idle_workers() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=2)
    await encoder.encode(["x" * length for length in (20, 60, 20, 60, 20)], interactive=True)
    assert [{len(text) for text in batch} for batch in inner.batches] == [{20}, {60}]
    await encoder.close()


async def test_interactive_texts_share_no_batch_with_bulk() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1)
    inner.gate.clear()
    calls = [asyncio.create_task(encoder.encode(["running"]))]
    await until_started(inner)
    calls.append(asyncio.create_task(encoder.encode(["bulk"] * 3)))
    await until_waiting(encoder, 3)
    calls.append(asyncio.create_task(encoder.encode(["asked"] * 2, interactive=True)))
    await until_waiting(encoder, 5)
    inner.gate.set()
    await asyncio.gather(*calls)
    assert inner.batches == [["running"], ["asked"] * 2, ["bulk"] * 3]
    await encoder.close()


async def test_questions_overtake_documents() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1)
    inner.gate.clear()
    document = asyncio.create_task(encoder.encode(["a document"]))
    await until_started(inner)
    assert (await encoder.encode_question("why?"))[0] == 4
    assert not document.done()
    inner.gate.set()
    await document
    await encoder.close()


async def test_languages_are_those_of_the_encoder() -> None:
    encoder = BatchingEncoder(LengthEncoder())
    assert encoder.languages == ("en",)
    assert (encoder.unknown_share("a mystery"), encoder.unknown_share("a cat")) == (1.0, 0.0)
    await encoder.close()


async def test_closing_finishes_running_batches_and_fails_waiting_texts() -> None:
    inner = LengthEncoder()
    encoder = BatchingEncoder(inner, workers=1, batch_tokens=16)
    inner.gate.clear()
    running = asyncio.create_task(encoder.encode(["running"]))
    await until_started(inner)
    waiting = asyncio.create_task(encoder.encode(["waiting"]))
    await until_waiting(encoder, 1)
    closing = asyncio.create_task(encoder.close())
    with pytest.raises(Unavailable):
        await waiting
    inner.gate.set()
    await closing
    assert (await running)[0, 0] == len("running")
    assert inner.closed
    for call in (encoder.encode(["late"]), encoder.encode_question("late")):
        with pytest.raises(Unavailable):
            await call
