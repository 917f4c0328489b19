"""An embedder worker whose encoder sleeps instead of computing, to measure how workers scale."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.embedder.worker import main
from shared.encoders import open_configured
from shared.settings import Settings

# Slow enough that the cores are idle while four workers encode.
SECONDS_PER_TEXT = 0.04


class SleepingEncoder:
    """A `TextEncoder` that uses no CPU; it has the real one's name, because it fills its index."""

    max_tokens = 250
    languages = ()
    is_symmetric = True

    def __init__(self, settings: Settings) -> None:
        real = open_configured(settings)
        self.name, self.dimension = real.name, real.dimension
        real.close()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(SECONDS_PER_TEXT * len(texts))
        rows = np.stack([self._vector(text) for text in texts])
        scaled: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return scaled

    def encode_question(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.encode([text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + 1 for text in texts]

    def unknown_share(self, text: str) -> float:
        return 0.0

    def close(self) -> None:
        pass

    def _vector(self, text: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)


if __name__ == "__main__":
    main(open_=SleepingEncoder)
