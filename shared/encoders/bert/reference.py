"""The encoder in plain numpy, one text at a time: the reference for tests and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoders.bert.weights import Array, FoldedBert, FoldedLayer, Linear


@dataclass(frozen=True)
class Activations:
    """Inputs and outputs of one layer's linear maps, one row per token."""

    attention_input: Array
    attention: Array
    context: Array
    feed_forward_input: Array
    feed_forward: Array


def embed(bert: FoldedBert, row: Sequence[int]) -> Array:
    """Return the normalised states (tokens, hidden) of token ids."""
    return normalise(bert.words[list(row)] + bert.positions[: len(row)], bert.epsilon)


def run_layer(bert: FoldedBert, layer: FoldedLayer, states: Array) -> tuple[Array, Activations]:
    """Return the states (tokens, hidden) after a layer, and its activations."""
    attention = apply(layer.attention, states)
    context = attend(attention, bert.heads)
    inner = normalise(
        layer.attention_gain * states + apply(layer.attention_output, context), bert.epsilon
    )
    forward = gelu(apply(layer.feed_forward, inner))
    after = normalise(
        layer.feed_forward_gain * inner + apply(layer.feed_forward_output, forward), bert.epsilon
    )
    return after, Activations(states, attention, context, inner, forward)


def encode_row(bert: FoldedBert, row: Sequence[int], pooling: str = "mean") -> Array:
    """Return the normalised vector (hidden,) of one text's token ids."""
    states = embed(bert, row)
    for layer in bert.layers:
        states, _ = run_layer(bert, layer, states)
    states = states * bert.gain + bert.bias
    pooled = states[0] if pooling == "cls" else states.mean(0)
    return np.asarray(pooled / np.linalg.norm(pooled), np.float32)


def apply(linear: Linear, x: Array) -> Array:
    return x @ linear.weight.T + linear.bias


def normalise(x: Array, epsilon: float) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon), np.float32)


def attend(attention: Array, heads: int) -> Array:
    """Return the context (tokens, hidden) of stacked queries, keys and values (tokens, 3h)."""
    tokens, width = attention.shape
    split = attention.reshape(tokens, 3, heads, width // 3 // heads).transpose(1, 2, 0, 3)
    queries, keys, values = split
    scores = queries @ keys.transpose(0, 2, 1)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.ascontiguousarray((weights @ values).transpose(1, 0, 2)).reshape(tokens, width // 3)


def gelu(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + _erf(x / np.sqrt(2))), np.float32)


def _erf(x: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return erf within 1.5e-7.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
    """
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    tail = sum(factor * t**power for power, factor in enumerate(series, start=1))
    result: NDArray[np.floating] = np.sign(x) * (1 - tail * np.exp(-(x**2)))
    return result
