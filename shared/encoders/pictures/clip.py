"""Runs CLIP and its relatives with sentence-transformers; needs the extra `encoder-clip`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.domain.errors import SettingsError
from shared.encoders.base import Embeddings
from shared.encoders.bert.tokenizer import readable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Pixels of a picture that is unpacked: those of documents are stored in at most screen size.
MOST_PIXELS = 16_000_000
# The types that readers store; other decoders of the library are not tried.
TYPES = ("JPEG", "PNG")
MIN_NORM = 1e-12


class ClipEncoder:
    """Implements `PictureEncoder`; runs one batch at a time, because torch has its own threads."""

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        self.name = name
        self._model = model
        self._lock = threading.Lock()

    def encode_text(self, text: str) -> Embeddings:
        vector: Embeddings = self._encode([readable(text)])[0]
        return vector

    def encode_pictures(self, paths: Sequence[Path]) -> list[Embeddings | None]:
        pictures = [_read(path) for path in paths]
        readable_ones = [picture for picture in pictures if picture is not None]
        vectors = iter(self._encode(readable_ones) if readable_ones else ())
        return [None if picture is None else next(vectors) for picture in pictures]

    def close(self) -> None:
        del self._model

    def _encode(self, inputs: list[Any]) -> Embeddings:
        with self._lock:
            found = self._model.encode(
                inputs, batch_size=len(inputs), convert_to_numpy=True, show_progress_bar=False
            )
        vectors = np.asarray(found, np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, MIN_NORM), np.float32)


def open_clip(model: str) -> ClipEncoder:
    """Load a model from a folder or the hub, without running code from the model.

    SettingsError: a library or the model is missing, or the model can't read pictures.
    """
    try:
        import PIL.Image  # noqa: F401
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise SettingsError(
            "A model of pictures needs sentence-transformers and Pillow. Install them with:"
            " pip install 'quire[encoder-clip]', or leave QUIRE_PICTURE_MODEL empty."
        ) from None
    folder = Path(model).expanduser()
    try:
        opened = SentenceTransformer(
            str(folder) if folder.is_dir() else model, trust_remote_code=False
        )
    except (OSError, ValueError, ImportError) as error:
        raise SettingsError(f"The picture model {model!r} can't be loaded: {error}") from None
    encoder = ClipEncoder(opened, model)
    _check(encoder, model)
    return encoder


def _check(encoder: ClipEncoder, model: str) -> None:
    """Check that the vectors of texts and pictures have the same length. SettingsError: not so."""
    from PIL import Image

    try:
        picture = encoder._encode([Image.new("RGB", (64, 64))])[0]
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise SettingsError(f"The model {model!r} reads no pictures: {error}") from None
    if picture.shape != encoder.encode_text("a picture").shape:
        raise SettingsError(f"The model {model!r} can't compare texts with pictures.")


def _read(path: Path) -> Any:
    """Return a picture in RGB; None if it can't be read, or unpacks to too many pixels."""
    from PIL import Image

    try:
        with Image.open(path, formats=TYPES) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return None
            return opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
