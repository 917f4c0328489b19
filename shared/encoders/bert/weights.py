"""A BERT encoder's weights, as published and as folded for the engines.

Folding moves every LayerNorm's gain and bias, and the attention's scale, into the linear maps that
follow. Only normalisation remains between them: an engine makes fewer passes over memory, and int8
grids cover well-conditioned values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from shared.domain.errors import SettingsError
from shared.encoders.model_folder import ModelFolder, read_json

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """y = weight @ x + bias, with weight (out, in) and bias (out,)."""

    weight: Array
    bias: Array

    def after_norm(self, gain: Array, bias: Array) -> Linear:
        """Return the map for a normalised x without the LayerNorm's gain and bias."""
        return Linear(self.weight * gain, self.bias + self.weight @ bias)


@dataclass(frozen=True)
class BertWeights:
    """The published tensors by their published names, without a `bert.` prefix."""

    tensors: Mapping[str, Array]
    layers: int
    heads: int
    epsilon: float

    def linear(self, name: str) -> Linear:
        return Linear(self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"])

    def norm(self, name: str) -> tuple[Array, Array]:
        """Return gain and bias of a LayerNorm."""
        return self.tensors[f"{name}.LayerNorm.weight"], self.tensors[f"{name}.LayerNorm.bias"]

    def words(self) -> Array:
        return self.tensors["embeddings.word_embeddings.weight"]

    def positions(self) -> Array:
        """Return position vectors plus the vector of the only segment."""
        positions = self.tensors["embeddings.position_embeddings.weight"]
        segment = self.tensors["embeddings.token_type_embeddings.weight"][0]
        return np.asarray(positions + segment, np.float32)


@dataclass(frozen=True)
class FoldedLayer:
    """One layer over normalised states n; gains scale n where the residual is added.

    attention: n → queries, keys, values, stacked (3 hidden, hidden); queries carry 1/√head size.
    """

    attention: Linear
    attention_gain: Array
    attention_output: Linear
    feed_forward: Linear
    feed_forward_gain: Array
    feed_forward_output: Linear


@dataclass(frozen=True)
class FoldedBert:
    """Embedding tables, folded layers, and the last LayerNorm's gain and bias."""

    words: Array
    positions: Array
    layers: tuple[FoldedLayer, ...]
    gain: Array
    bias: Array
    heads: int
    epsilon: float

    @property
    def hidden(self) -> int:
        return int(self.words.shape[1])


def load_weights(folder: ModelFolder) -> BertWeights:
    """Read `model.safetensors`. SettingsError: not a BERT with the exact GELU."""
    config = read_json(folder.path / "config.json")
    if config.get("model_type") != "bert" or config.get("hidden_act", "gelu") != "gelu":
        raise SettingsError(
            f"{folder.label} is not a BERT model. Set QUIRE_ENCODER_ENGINE to"
            " sentence-transformers."
        )
    tensors = {
        name.removeprefix("bert."): np.asarray(tensor, np.float32)
        for name, tensor in load_file(folder.weights).items()
    }
    return BertWeights(
        tensors,
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        epsilon=float(config.get("layer_norm_eps", 1e-12)),
    )


def fold(weights: BertWeights) -> FoldedBert:
    """Return the folded encoder, which computes the same function up to rounding."""
    gain, bias = weights.norm("embeddings")
    layers = []
    for index in range(weights.layers):
        name = f"encoder.layer.{index}"
        layers.append(_fold_layer(weights, name, gain, bias))
        gain, bias = weights.norm(f"{name}.output")
    return FoldedBert(
        weights.words(),
        weights.positions(),
        tuple(layers),
        gain,
        bias,
        heads=weights.heads,
        epsilon=weights.epsilon,
    )


def _fold_layer(weights: BertWeights, name: str, gain: Array, bias: Array) -> FoldedLayer:
    inner_gain, inner_bias = weights.norm(f"{name}.attention.output")
    attention = weights.linear(f"{name}.attention.output.dense")
    output = weights.linear(f"{name}.output.dense")
    return FoldedLayer(
        attention=_stack_attention(weights, f"{name}.attention.self").after_norm(gain, bias),
        attention_gain=gain,
        attention_output=Linear(attention.weight, attention.bias + bias),
        feed_forward=weights.linear(f"{name}.intermediate.dense").after_norm(
            inner_gain, inner_bias
        ),
        feed_forward_gain=inner_gain,
        feed_forward_output=Linear(output.weight, output.bias + inner_bias),
    )


def _stack_attention(weights: BertWeights, name: str) -> Linear:
    query, key, value = (weights.linear(f"{name}.{part}") for part in ("query", "key", "value"))
    scale = np.float32(1 / np.sqrt(len(query.bias) // weights.heads))
    return Linear(
        np.concatenate([query.weight * scale, key.weight, value.weight]),
        np.concatenate([query.bias * scale, key.bias, value.bias]),
    )
