"""An encoder for asyncio: callers share batches; questions and interactive texts go first.

The interactive text that has waited longest, or the oldest bulk text if none is interactive, is
always in the next batch, with those nearest to it in length. Interactive texts are divided among
the idle workers and share no batch with bulk texts, so that a caller waits for nothing else. A
faulty text or a cancellation affects its own caller only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from shared.domain.errors import Unavailable
from shared.encoders.base import Embeddings, TextEncoder, TokenEncoder
from shared.encoders.padding import fair_share, pick_batch
from shared.telemetry.metrics import BATCH_SECONDS, BATCH_TEXTS

# Waiting texts searched for similar lengths; bounds the time that planning takes on the loop.
WINDOW = 256
T = TypeVar("T")
CLOSED = "The encoder is shutting down."


@dataclass(eq=False)
class Call:
    """One caller's vectors so far, and the future that completes with all of them."""

    vectors: Embeddings
    missing: int
    done: asyncio.Future[Embeddings]

    def fill(self, positions: Sequence[int], vectors: Embeddings) -> None:
        if self.done.done():
            return
        self.vectors[list(positions)] = vectors
        self.missing -= len(positions)
        if self.missing == 0:
            self.done.set_result(self.vectors)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(frozen=True, eq=False)
class QueuedText:
    """A waiting text in the encoder's form, with its length in tokens and its index in its call."""

    row: Any
    length: int
    call: Call
    position: int
    interactive: bool


class BatchingEncoder:
    """Runs up to `workers` batches of `batch_tokens` at a time, and owns `encoder`."""

    def __init__(self, encoder: TextEncoder, *, workers: int = 2, batch_tokens: int = 1024) -> None:
        self._encoder = encoder
        self._budget = batch_tokens
        self._workers = workers
        self._documents = ThreadPoolExecutor(workers, thread_name_prefix="embed")
        # Neither questions nor tokenising may queue up behind batches.
        self._questions = ThreadPoolExecutor(workers, thread_name_prefix="question")
        self._tokens = ThreadPoolExecutor(1, thread_name_prefix="tokens")
        self._waiting: list[QueuedText] = []
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False
        self._run: Callable[[list[Any]], Embeddings] = (
            encoder.encode_tokens if isinstance(encoder, TokenEncoder) else encoder.encode
        )

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def max_tokens(self) -> int:
        return self._encoder.max_tokens

    @property
    def languages(self) -> tuple[str, ...]:
        return self._encoder.languages

    @property
    def is_symmetric(self) -> bool:
        return self._encoder.is_symmetric

    def unknown_share(self, text: str) -> float:
        return self._encoder.unknown_share(text)

    @property
    def waiting(self) -> int:
        """Return the number of texts that are in no batch yet."""
        return len(self._waiting)

    async def encode(self, texts: Sequence[str], *, interactive: bool = False) -> Embeddings:
        """Encode n texts to (n, dimension), in order. Unavailable: the encoder closes before."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        if not texts:
            return vectors
        rows, lengths = await self._in(self._tokens, self._measure, list(texts))
        call = Call(vectors, len(rows), asyncio.get_running_loop().create_future())
        items = [
            QueuedText(row, length, call, position, interactive)
            for position, (row, length) in enumerate(zip(rows, lengths, strict=True))
        ]
        self._insert(items, interactive=interactive)
        # Dispatched later: callers that arrive in the same round of the loop may share the batch.
        asyncio.get_running_loop().call_soon(self._dispatch)
        return await call.done

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of content tokens of each uncut text."""
        counts: list[int] = await self._in(self._tokens, self._encoder.count_tokens, list(texts))
        return counts

    async def encode_question(self, text: str) -> Embeddings:
        """Encode one question to (dimension,)."""
        vector: Embeddings = await self._in(self._questions, self._encoder.encode_question, text)
        return vector

    async def with_question(self, text: str, use: Callable[[Embeddings], T]) -> T:
        """Return what `use` makes of a question's vector, on the thread that encodes it."""
        found: T = await self._in(self._questions, lambda: use(self._encoder.encode_question(text)))
        return found

    async def is_ready(self) -> bool:
        """Return whether the encoder accepts texts."""
        return not self._closed

    async def close(self) -> None:
        """Let running batches finish, fail the waiting texts, and close the encoder."""
        self._closed = True
        for item in self._waiting:
            item.call.fail(Unavailable(CLOSED))
        self._waiting.clear()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.to_thread(self._shut_down)

    def _shut_down(self) -> None:
        for pool in (self._documents, self._questions, self._tokens):
            pool.shutdown()
        self._encoder.close()

    def _measure(self, texts: list[str]) -> tuple[Sequence[Any], Sequence[int]]:
        if isinstance(self._encoder, TokenEncoder):
            rows = self._encoder.tokenize(texts)
            return rows, [len(row) for row in rows]
        return texts, self._encoder.count_tokens(texts)

    def _insert(self, items: Sequence[QueuedText], *, interactive: bool) -> None:
        """Queue texts behind all others, or behind the interactive ones."""
        end = sum(item.interactive for item in self._waiting) if interactive else len(self._waiting)
        self._waiting[end:end] = items

    def _dispatch(self) -> None:
        while len(self._running) < self._workers and (batch := self._next_batch()):
            task = asyncio.create_task(self._serve(batch))
            self._running.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._dispatch()

    def _next_batch(self) -> list[QueuedText]:
        self._waiting = [item for item in self._waiting if not item.call.done.done()]
        window = self._waiting[:WINDOW]
        if not window:
            return []
        mine = list(range(len(window)))
        if window[0].interactive:
            urgent = [item.length for item in window if item.interactive]
            mine = fair_share(urgent, self._workers - len(self._running))
        picked = pick_batch([window[index].length for index in mine], self._budget)
        chosen = {mine[index] for index in picked}
        left = [item for index, item in enumerate(window) if index not in chosen]
        self._waiting[:WINDOW] = left
        return [window[index] for index in sorted(chosen)]

    async def _serve(self, batch: list[QueuedText]) -> None:
        calls = list(dict.fromkeys(item.call for item in batch))
        try:
            begun = time.perf_counter()
            vectors = await self._in(self._documents, self._run, [item.row for item in batch])
            BATCH_SECONDS.observe(time.perf_counter() - begun)
            BATCH_TEXTS.observe(len(batch))
        except Exception as error:
            if len(calls) == 1:
                calls[0].fail(error)
            else:  # Encode each call's texts alone, so that only the faulty one fails.
                for call in calls:
                    await self._serve([item for item in batch if item.call is call])
            return
        for call in calls:
            places = [index for index, item in enumerate(batch) if item.call is call]
            call.fill([batch[index].position for index in places], vectors[places])

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[..., Any], *given: Any) -> Any:
        if self._closed:
            raise Unavailable(CLOSED)
        return await asyncio.get_running_loop().run_in_executor(pool, work, *given)
