"""Fakes for tests: an encoder without weights and with predictable results."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

_WORD = re.compile(r"\w+")
_SUFFIX = re.compile(r"(?:ing|ed|es|s)$")
_COMMON = frozenset(
    """
    a an and are at be by do does for from how in is it of on or the to was what when which who
    """.split()
)


class HashingEncoder:
    """A blocking text encoder: texts that share words are near, others are not.

    Each word's stem is hashed to a few signed dimensions (feature hashing); common words count
    little. The same text has the same vector in every process.
    """

    name = "hashing-test-encoder"
    max_tokens = 250
    languages = ("en",)
    is_symmetric = True

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return np.stack([self.encode_question(text) for text in texts])

    def encode_question(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-6, np.float32)
        for word in _WORD.findall(text.lower()):
            weight = 0.1 if word in _COMMON else 1.0
            for dimension, sign in _places(_SUFFIX.sub("", word), self.dimension):
                vector[dimension] += sign * weight
        return vector / np.float32(np.linalg.norm(vector))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def unknown_share(self, text: str) -> float:
        return 0.0

    def close(self) -> None:
        pass


class AsyncEncoder:
    """`HashingEncoder` with the interface of `AsyncEncoder`; counts the questions."""

    def __init__(self, dimension: int = 256) -> None:
        self._encoder = HashingEncoder(dimension)
        self.name, self.dimension = self._encoder.name, dimension
        self.queries = 0

    @property
    def languages(self) -> tuple[str, ...]:
        return self._encoder.languages

    @property
    def is_symmetric(self) -> bool:
        return self._encoder.is_symmetric

    def unknown_share(self, text: str) -> float:
        return self._encoder.unknown_share(text)

    @property
    def max_tokens(self) -> int:
        return self._encoder.max_tokens

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    async def encode(
        self, texts: Sequence[str], *, interactive: bool = False
    ) -> NDArray[np.float32]:
        return self._encoder.encode(texts)

    async def encode_question(self, text: str) -> NDArray[np.float32]:
        self.queries += 1
        return self._encoder.encode_question(text)

    async def with_question(self, text: str, use: Callable[[NDArray[np.float32]], T]) -> T:
        return use(await self.encode_question(text))


@cache
def _places(stem: str, dimension: int) -> tuple[tuple[int, float], ...]:
    digest = hashlib.blake2b(stem.encode("utf-8", "replace"), digest_size=16).digest()
    parts = (int.from_bytes(digest[at : at + 4], "little") for at in range(0, 16, 4))
    return tuple((part % dimension, 1.0 if part & 0x80000000 else -1.0) for part in parts)
