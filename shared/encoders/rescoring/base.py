"""Interface of a rescorer: a model that reads a question together with each passage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.encoders.base import Embeddings


class Rescorer(Protocol):
    """Says how well passages answer a question; blocking and thread-safe."""

    @property
    def name(self) -> str:
        """Return the model's name, for the log."""
        ...

    @property
    def weight(self) -> float:
        """Return the weight of its scores beside the others, which together have weight 1."""
        ...

    def scores(self, question: str, texts: Sequence[str]) -> Embeddings:
        """Return a score (n,) from 0 to 1 for each text; they compare texts of one question."""
        ...

    def close(self) -> None:
        """Free the model; it can't be used afterwards."""
        ...
