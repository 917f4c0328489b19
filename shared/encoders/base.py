"""Interfaces and options of encoders.

Engines differ in speed, size and hardware; vectors of encoders with equal names can be searched
together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

BUNDLED_MODEL = "all-MiniLM-L6-v2"
# Optional, for a hundred languages: installed by deploy/e5-requirements.txt.
E5_MODEL = "multilingual-e5-small"
DEFAULT_CACHE = Path("~/.cache/quire")

Engine = Literal["openvino", "sentence-transformers"]
Precision = Literal["int8", "fp32"]
Embeddings = NDArray[np.float32]

T = TypeVar("T")


class TextEncoder(Protocol):
    """Turns texts into L2-normalised vectors; blocking and thread-safe."""

    @property
    def name(self) -> str:
        """Return model, weights, engine, precision and recipe; equal names: comparable vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Return the length of every vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Return how many content tokens a chunk may have without being cut."""
        ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Encode n texts to (n, dimension), in order; cut texts that are too long at the end."""
        ...

    def encode_question(self, text: str) -> Embeddings:
        """Encode one question to (dimension,), with the query prefix, on a lane of its own."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of content tokens of each uncut text."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the codes (ISO 639) of the languages that it was trained on; (): not known."""
        ...

    @property
    def is_symmetric(self) -> bool:
        """Return whether `encode` and `encode_question` give the same text the same vector."""
        ...

    def unknown_share(self, text: str) -> float:
        """Return the share (0 … 1) of words that it can't be expected to understand.

        0.05 is usual for its own languages, 0.6 for others in a known script, 1 for other scripts.
        """
        ...

    def close(self) -> None:
        """Free threads and memory; the encoder can't be used afterwards."""
        ...


class AsyncEncoder(Protocol):
    """A `TextEncoder` for asyncio, in which a long call does not delay others.

    Its methods that wait raise `Unavailable` once the encoder is closed.
    """

    @property
    def name(self) -> str:
        """Return the name as `TextEncoder.name` does."""
        ...

    @property
    def dimension(self) -> int:
        """Return the length of every vector."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages as `TextEncoder.languages` does."""
        ...

    @property
    def is_symmetric(self) -> bool:
        """Return the same as `TextEncoder.is_symmetric`."""
        ...

    def unknown_share(self, text: str) -> float:
        """Return the share as `TextEncoder.unknown_share` does; takes less than a millisecond."""
        ...

    @property
    def max_tokens(self) -> int:
        """Return the number as `TextEncoder.max_tokens` does."""
        ...

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of content tokens of each uncut text, on a thread of its own."""
        ...

    async def encode(self, texts: Sequence[str], *, interactive: bool = False) -> Embeddings:
        """Encode n texts to (n, dimension), float32 and L2-normalised, in order.

        `interactive` texts go before other waiting texts.
        """
        ...

    async def encode_question(self, text: str) -> Embeddings:
        """Encode one question to (dimension,), without waiting for batches of texts."""
        ...

    async def with_question(self, text: str, use: Callable[[Embeddings], T]) -> T:
        """Return what `use` makes of a question's vector, on the thread that encodes it."""
        ...


@runtime_checkable
class TokenEncoder(Protocol):
    """Encodes token ids, so that callers that plan batches tokenise each text only once."""

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text with special tokens, cut to what the model reads."""
        ...

    def encode_tokens(self, rows: Sequence[Sequence[int]]) -> Embeddings:
        """Encode n rows of token ids to (n, dimension), as one batch on the calling thread."""
        ...


@dataclass(frozen=True)
class EncoderOptions:
    """Selects an encoder; `model` is the name of one in a wheel, a folder, or a hub name.

    `threads` compute, split into `streams` batches that run at the same time; by default one of
    each per core. sentence-transformers always runs in fp32, on a GPU if there is one.
    """

    engine: Engine = "openvino"
    precision: Precision = "int8"
    model: str = BUNDLED_MODEL
    threads: int | None = None
    streams: int | None = None
    batch_tokens: int = 1024
    cache_dir: Path = field(default_factory=DEFAULT_CACHE.expanduser)

    @property
    def thread_count(self) -> int:
        return self.threads or os.cpu_count() or 1

    @property
    def stream_count(self) -> int:
        return min(self.streams or self.thread_count, self.thread_count)
