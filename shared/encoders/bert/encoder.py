"""Encodes texts with any engine that runs a BERT graph: tokenise, batch, run, restore order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import Unavailable
from shared.encoders.base import Embeddings
from shared.encoders.bert.tokenizer import BertTokenizer
from shared.encoders.centring import centred
from shared.encoders.model_folder import ModelFolder
from shared.encoders.padding import QUESTION_STEP, pad, plan_batches

# (input ids, attention mask), both (batch, tokens) i64 → (batch, dimension). Thread-safe.
Runner = Callable[[NDArray[np.int64], NDArray[np.int64]], Embeddings]


class BertEncoder:
    """Implements `TextEncoder` and `TokenEncoder`, with a lane for questions only."""

    def __init__(
        self,
        folder: ModelFolder,
        name: str,
        dimension: int,
        *,
        documents: Runner,
        questions: Runner,
        streams: int,
        batch_tokens: int,
        shift: Embeddings | None = None,
    ) -> None:
        self.name = name
        self.dimension = dimension
        self.shift = shift
        self._documents = documents
        self._questions = questions
        self._prefixes = folder.prefixes
        self._batch_tokens = batch_tokens
        self._tokenizer = BertTokenizer(folder.tokenizer, folder.length.max_sequence)
        self._vocabulary = self._tokenizer.vocabulary()
        self.max_tokens = folder.length.max_content
        self.languages = folder.languages
        self._threads = ThreadPoolExecutor(streams, thread_name_prefix="encoder")

    def encode(self, texts: Sequence[str]) -> Embeddings:
        rows = self.tokenize(texts)
        batches = plan_batches([len(row) for row in rows], self._batch_tokens)
        vectors = np.empty((len(rows), self.dimension), np.float32)
        parts = [[rows[index] for index in batch] for batch in batches]
        run = self._threads.map if len(parts) > 1 else map
        for batch, result in zip(batches, run(self.encode_tokens, parts), strict=True):
            vectors[batch] = result
        return vectors

    def encode_question(self, text: str) -> Embeddings:
        rows = self._tokenizer.rows([self._prefixes.question + text])
        vectors = centred(self._questions(*pad(rows, QUESTION_STEP)), self.shift)
        vector: Embeddings = vectors[0]
        return vector

    @property
    def is_symmetric(self) -> bool:
        return self._prefixes.question == self._prefixes.text

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._tokenizer.count(texts)

    def unknown_share(self, text: str) -> float:
        return self._vocabulary.unknown_share(text)

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        return self._tokenizer.rows([self._prefixes.text + text for text in texts])

    def encode_tokens(self, rows: Sequence[Sequence[int]]) -> Embeddings:
        return centred(self._documents(*pad(rows)), self.shift)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._documents = self._questions = _refuse


def _refuse(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Embeddings:
    raise Unavailable("The encoder is closed.")
