"""The sentence-transformers engine chooses precision and batches by device; the model is a fake."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from shared.encoders.model_folder import CONTEXT_TOKENS, RESERVE, Prefixes
from shared.encoders.transformers_engine import GPU_BATCH_TOKENS, TransformersEncoder


class FakeModel:
    """A model on any device, whose vectors are made of the length of the text."""

    def __init__(self, device: str, limit: int = 10**30) -> None:
        self.device = SimpleNamespace(type=device)
        self.max_seq_length = 256
        self.is_half = False
        self.batches: list[list[str]] = []
        vocabulary = {"the": 0, "cat": 1, "##s": 2}
        self.tokenizer = SimpleNamespace(
            model_max_length=limit, get_vocab=lambda: vocabulary, tokenize=str.split
        )

    def half(self) -> FakeModel:
        self.is_half = True
        return self

    def encode(self, texts: list[str], *, batch_size: int, **options: Any) -> np.ndarray:
        assert batch_size == len(texts)
        assert not options["normalize_embeddings"]
        self.batches.append(texts)
        rows = [[len(text) + 1, 3, text.count(":")] for text in texts]
        return np.array(rows, np.float16 if self.is_half else np.float32)


def opened(model: FakeModel, **options: Any) -> TransformersEncoder:
    made = TransformersEncoder(cast(Any, model), "name", **options)
    model.batches.clear()
    return made


@pytest.mark.parametrize(("device", "is_half"), [("cuda", True), ("cpu", False), ("mps", False)])
def test_only_a_gpu_computes_in_half_precision(device: str, is_half: bool) -> None:
    model = FakeModel(device)
    encoder = opened(model)
    vectors = encoder.encode(["the cat", "a", ""])
    assert model.is_half is is_half
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_batches_have_a_budget_of_tokens_and_keep_the_order_of_texts() -> None:
    model = FakeModel("cpu")
    encoder = opened(model, batch_tokens=64)
    texts = ["word " * count for count in (3, 60, 5, 40, 2)]
    vectors = encoder.encode(texts)
    assert [len(batch) for batch in model.batches] == [1, 1, 3]
    order = np.argsort([len(text) for text in texts])
    assert list(np.argsort(vectors[:, 0] / vectors[:, 1])) == list(order)


def test_a_gpu_gets_large_batches() -> None:
    model = FakeModel("cuda")
    opened(model, batch_tokens=64).encode(["word " * 64] * (GPU_BATCH_TOKENS // 64))
    assert len(model.batches) == 1


def test_questions_and_texts_have_their_own_prefixes() -> None:
    model = FakeModel("cpu")
    encoder = opened(model, prefixes=Prefixes("query: ", "passage: "))
    encoder.encode(["the cat"])
    encoder.encode_question("the cat")
    assert model.batches == [["passage: the cat"], ["query: the cat"]]


@pytest.mark.parametrize(("limit", "reads"), [(10**30, 320), (512, 320), (256, 256)])
def test_a_model_reads_the_context_if_it_has_positions(limit: int, reads: int) -> None:
    model = FakeModel("cpu", limit)
    encoder = opened(model)
    assert model.max_seq_length == reads
    assert encoder.max_tokens == reads - CONTEXT_TOKENS - RESERVE


def test_one_sided_vectors_are_centred() -> None:
    encoder = opened(FakeModel("cpu"), one_sided=True)
    plain = opened(FakeModel("cpu"))
    texts = ["the cat", "the cat : the dog : " * 9]
    assert encoder.encode(texts)[0] @ encoder.encode(texts)[1] < (
        plain.encode(texts)[0] @ plain.encode(texts)[1]
    )
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(texts), axis=1), 1, atol=1e-6)


def test_no_text_gives_no_row() -> None:
    assert opened(FakeModel("cpu")).encode([]).shape == (0, 3)
