"""Runs any cross-encoder of sentence-transformers; needs the extra `encoder-st`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shared.domain.errors import SettingsError
from shared.encoders.base import Embeddings
from shared.encoders.bert.tokenizer import readable

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

# Pairs of one batch: larger ones take more memory and are no faster on a CPU.
BATCH_PAIRS = 16
# A model that reads question and passage together counts as much as all other scores. It is that of
# a usual mixture; no such model was measured.
WEIGHT = 1.0


class CrossEncoderRescorer:
    """Implements `Rescorer`; runs one batch at a time, because torch has its own threads."""

    weight = WEIGHT

    def __init__(self, model: CrossEncoder, name: str) -> None:
        self.name = name
        self._model = model
        self._lock = threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> Embeddings:
        if not texts:
            return np.empty(0, np.float32)
        pairs = [(readable(question), readable(text)) for text in texts]
        with self._lock:
            found = self._model.predict(
                pairs, batch_size=BATCH_PAIRS, activation_fn=_unchanged, show_progress_bar=False
            )
        # The models differ in what they return by default; this one has the same range for all.
        logits = np.asarray(found, np.float32).reshape(len(texts))
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)

    def close(self) -> None:
        del self._model


def open_cross_encoder(model: str) -> CrossEncoderRescorer:
    """Load a model from a folder or the hub, without running code from the model.

    SettingsError: sentence-transformers or the model is missing, or it gives more than one score.
    """
    try:
        from sentence_transformers import CrossEncoder
    except ImportError:
        raise SettingsError(
            "A cross-encoder needs sentence-transformers. Install it with:"
            " pip install 'quire[encoder-st]', or set QUIRE_RESCORER to none or splade."
        ) from None
    folder = Path(model).expanduser()
    try:
        opened = CrossEncoder(str(folder) if folder.is_dir() else model, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise SettingsError(f"The rescorer {model!r} can't be loaded: {error}") from None
    if opened.num_labels != 1:
        raise SettingsError(
            f"The rescorer {model!r} gives {opened.num_labels} scores for a pair of texts, not one."
            " Set QUIRE_RESCORER to a cross-encoder for ranking."
        )
    return CrossEncoderRescorer(opened, model)


def _unchanged(logits: object) -> object:
    return logits
