"""Interface of a picture encoder: pictures and texts to vectors that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from shared.encoders.base import Embeddings


class PictureEncoder(Protocol):
    """Turns pictures and texts into L2-normalised vectors of one space; blocking, thread-safe."""

    @property
    def name(self) -> str:
        """Return the model's name, for the log."""
        ...

    def encode_text(self, text: str) -> Embeddings:
        """Return the vector (dimension,) of a text that says what a picture shows."""
        ...

    def encode_pictures(self, paths: Sequence[Path]) -> list[Embeddings | None]:
        """Return the vector (dimension,) of each file; None for one that is not a picture."""
        ...

    def close(self) -> None:
        """Free the model; it can't be used afterwards."""
        ...
