"""Runs any sentence-transformers model, on a GPU if available; needs the extra `encoder-st`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.domain.errors import SettingsError
from shared.encoders.base import BUNDLED_MODEL, Embeddings, EncoderOptions
from shared.encoders.bert.tokenizer import CHARACTERS_PER_TOKEN, readable
from shared.encoders.fingerprint import fingerprint
from shared.encoders.model_folder import (
    WEIGHTS,
    Length,
    find_folder,
    languages,
    query_prefix,
    read_folder,
)
from shared.encoders.vocabulary import Vocabulary
from shared.text import context, normalize

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Part of the encoder's name; it changes when vectors do.
VERSION = "1"
# Tokenizers without a limit say that they have an enormous one.
MOST_POSITIONS = 512
# Texts per batch: the default of sentence-transformers.
BATCH_TEXTS = 32


class TransformersEncoder:
    """Implements `TextEncoder`; runs one batch at a time, because torch has its own threads."""

    def __init__(
        self, model: SentenceTransformer, name: str, prefix: str, languages: tuple[str, ...]
    ) -> None:
        self.name = name
        length = _length(model)
        model.max_seq_length = length.max_sequence
        self.max_tokens = length.max_content
        self._longest = length.max_sequence * CHARACTERS_PER_TOKEN
        self.languages = languages
        self._model = model
        self._vocabulary = Vocabulary(model.tokenizer.get_vocab(), self.count_tokens)
        self._prefix = prefix
        self._lock = threading.Lock()
        self.dimension = self.encode_question("").shape[0]

    def encode(self, texts: Sequence[str]) -> Embeddings:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            vectors = self._model.encode(
                [readable(text)[: self._longest] for text in texts],
                batch_size=BATCH_TEXTS,
                convert_to_numpy=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, np.float32)

    def encode_question(self, text: str) -> Embeddings:
        vector: Embeddings = self.encode([self._prefix + text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        tokenizer: Any = self._model.tokenizer
        with self._lock:
            rows = [tokenizer.tokenize(readable(text)) for text in texts]
        return [len(row) for row in rows]

    def unknown_share(self, text: str) -> float:
        return self._vocabulary.unknown_share(text)

    def close(self) -> None:
        del self._model


def open_transformers(options: EncoderOptions) -> TransformersEncoder:
    """Load a model from a folder or the hub, without running code from the model."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise SettingsError(
            "The engine sentence-transformers is not installed. Install it with:"
            " pip install 'quire[encoder-st]'"
        ) from None
    folder = _checked_folder(options)
    try:
        model = SentenceTransformer(str(folder or options.model), trust_remote_code=False)
    except OSError as error:
        raise SettingsError(f"The model {options.model!r} can't be loaded: {error}") from None
    label = f"{folder.resolve().name}-{_version(folder, options)}" if folder else options.model
    prefix = query_prefix(folder or Path(options.model), options.model)
    recipe = f"{VERSION}.{normalize.VERSION}.{context.VERSION}"
    name = f"{label}/sentence-transformers-fp32-{recipe}"
    return TransformersEncoder(model, name, prefix, languages(options.model))


def hub_file(model: str, name: str) -> Path:
    """Return one file of a hub model, downloaded if not cached. SettingsError: not available."""
    try:
        from huggingface_hub import hf_hub_download

        return Path(hf_hub_download(model, name))
    except (ImportError, OSError, ValueError) as error:
        raise SettingsError(
            f"The model {model!r} has no {name} that can be downloaded: {error}"
        ) from None


def _length(model: SentenceTransformer) -> Length:
    """Return the lengths; the tokenizer's limit leaves out positions that hold no token."""
    declared = int(model.max_seq_length or 512)
    return Length.of(declared, max(declared, min(model.tokenizer.model_max_length, MOST_POSITIONS)))


def _checked_folder(options: EncoderOptions) -> Path | None:
    if options.model == BUNDLED_MODEL:
        return read_folder(options).path
    return find_folder(options.model)


def _version(folder: Path, options: EncoderOptions) -> str:
    weights = folder / WEIGHTS
    return fingerprint(weights, options.cache_dir)[:12] if weights.is_file() else "unversioned"
