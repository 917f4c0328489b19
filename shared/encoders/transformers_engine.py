"""Runs any sentence-transformers model, on a GPU if available; needs the extra `encoder-st`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.domain.errors import SettingsError
from shared.encoders import centring
from shared.encoders.base import BUNDLED_MODEL, Embeddings, EncoderOptions
from shared.encoders.bert.calibration import calibration_texts
from shared.encoders.bert.tokenizer import CHARACTERS_PER_TOKEN, readable
from shared.encoders.centring import centred, is_one_sided, shift_of
from shared.encoders.fingerprint import fingerprint
from shared.encoders.model_folder import (
    WEIGHTS,
    Length,
    Prefixes,
    find_folder,
    languages,
    names_of,
    prefixes,
    read_folder,
)
from shared.encoders.padding import plan_batches
from shared.encoders.vocabulary import Vocabulary
from shared.text import context, normalize

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Part of the encoder's name; it changes when vectors do.
VERSION = "2"
# Tokenizers without a limit say that they have an enormous one.
MOST_POSITIONS = 512
# Tokens of a batch on a GPU, which a smaller batch leaves idle; its activations take about 1 GB
# with a model of 768 dimensions.
GPU_BATCH_TOKENS = 16_384
MIN_NORM = 1e-12
NO_PREFIXES = Prefixes()


class TransformersEncoder:
    """Implements `TextEncoder`; runs one batch at a time, because torch has its own threads.

    A GPU computes in half precision. Its vectors differ from those of a CPU by less than those of
    the CPU's int8 engine, so that both have the same name and can be searched together.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        name: str,
        *,
        prefixes: Prefixes = NO_PREFIXES,
        languages: tuple[str, ...] = (),
        batch_tokens: int = 1024,
        one_sided: bool = False,
    ) -> None:
        self.name = name
        self.languages = languages
        length = _length(model)
        model.max_seq_length = length.max_sequence
        self.max_tokens = length.max_content
        self._length = length
        self._model = model
        self._prefixes = prefixes
        self._lock = threading.Lock()
        self._batch_tokens = batch_tokens
        if model.device.type == "cuda":
            model.half()
            self._batch_tokens = max(batch_tokens, GPU_BATCH_TOKENS)
        self._shift: Embeddings | None = None
        self._vocabulary = Vocabulary(model.tokenizer.get_vocab(), self.count_tokens)
        self.dimension = self.encode_question("").shape[0]
        if one_sided:
            self._shift = shift_of(self.encode(calibration_texts()))

    def encode(self, texts: Sequence[str]) -> Embeddings:
        return self._encode([self._prefixes.text + text for text in texts])

    def encode_question(self, text: str) -> Embeddings:
        vector: Embeddings = self._encode([self._prefixes.question + text])[0]
        return vector

    @property
    def is_symmetric(self) -> bool:
        return self._prefixes.question == self._prefixes.text

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        tokenizer: Any = self._model.tokenizer
        with self._lock:
            rows = [tokenizer.tokenize(readable(text)) for text in texts]
        return [len(row) for row in rows]

    def unknown_share(self, text: str) -> float:
        return self._vocabulary.unknown_share(text)

    def close(self) -> None:
        del self._model

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        longest = self._length.max_sequence
        read = [readable(text)[: longest * CHARACTERS_PER_TOKEN] for text in texts]
        lengths = [min(count, longest) for count in self.count_tokens(read)]
        batches = plan_batches(lengths, self._batch_tokens)
        with self._lock:
            parts = [self._run([read[index] for index in batch]) for batch in batches]
        vectors = np.empty((len(texts), parts[0].shape[1]), np.float32)
        for batch, part in zip(batches, parts, strict=True):
            vectors[batch] = part
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), MIN_NORM)
        return centred(vectors, self._shift)

    def _run(self, batch: list[str]) -> Embeddings:
        # Normalised by the caller, because half precision has too few digits for it.
        vectors = self._model.encode(
            batch,
            batch_size=len(batch),
            convert_to_numpy=True,
            normalize_embeddings=False,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)


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
    place = folder or Path(options.model)
    recipe = f"{VERSION}.{normalize.VERSION}.{context.VERSION}.{centring.SHARE}"
    return TransformersEncoder(
        model,
        f"{label}/sentence-transformers-{recipe}",
        prefixes=prefixes(place, options.model),
        languages=languages(options.model),
        batch_tokens=options.batch_tokens,
        one_sided=is_one_sided(names_of(place, options.model)),
    )


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
    return find_folder(options.model, options.cache_dir)


def _version(folder: Path, options: EncoderOptions) -> str:
    weights = folder / WEIGHTS
    return fingerprint(weights, options.cache_dir)[:12] if weights.is_file() else "unversioned"
