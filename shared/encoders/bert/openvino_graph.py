"""The encoder as an OpenVINO graph, in fp32 or int8, with pooling and normalisation inside.

The int8 graph is written in the form that the CPU plugin's low-precision pass looks for: a
FakeQuantize in front of each product whose weights are i8 constants under a per-row scale.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shared.encoders.bert.calibration import LayerPlan
from shared.encoders.bert.openvino_api import ops, ov
from shared.encoders.bert.quantise import LEVELS, WEIGHT_LEVELS, Grid, QuantisedLinear
from shared.encoders.bert.weights import Array, FoldedBert, FoldedLayer, Linear
from shared.encoders.model_folder import Pooling

# Added to the scores of padding: its softmax weight is then exactly zero.
MASKED = -1e4
# Keeps the norm of a zero vector from dividing by zero; real norms are far larger.
MIN_NORM = 1e-12
# Words above which the table is kept in i8: a multilingual one has 250,000, which take 384 MB in
# f32, once in each lane.
LARGE_VOCABULARY = 100_000

Node = Any


def build_graph(
    bert: FoldedBert, pooling: Pooling, plan: tuple[LayerPlan, ...] | None = None
) -> ov.Model:
    """Build `embeddings` (batch, hidden) of `input_ids`, `attention_mask` (batch, tokens) i64."""
    ids, mask = token_input("input_ids"), token_input("attention_mask")
    present = ops.convert(mask, "f32")
    states = token_states(bert, ids, present, plan)
    states = ops.add(ops.multiply(states, floats(bert.gain)), floats(bert.bias))
    vectors = _pool(states, present, pooling)
    vectors.output(0).get_tensor().set_names({"embeddings"})
    return ov.Model([vectors], [ids, mask], "sentence-encoder")


def token_states(
    bert: FoldedBert, ids: Node, present: Node, plan: tuple[LayerPlan, ...] | None = None
) -> Node:
    """Build the states (batch, tokens, hidden) before the last LayerNorm's gain and bias.

    `present` (batch, tokens) is 1 for a token and 0 for padding.
    """
    penalty = ops.unsqueeze(
        ops.multiply(ops.subtract(floats(1), present), floats(MASKED)), ints([1, 2])
    )
    states = _embed(bert, ids)
    for index, layer in enumerate(bert.layers):
        maps = layer if plan is None else plan[index]
        states = _layer(bert, layer, maps, states, penalty)
    return states


def _embed(bert: FoldedBert, ids: Node) -> Node:
    words = _word_vectors(bert.words, ids)
    length = ops.gather(ops.shape_of(ids), ints([1]), ints(0))
    positions = ops.slice(floats(bert.positions), ints([0]), length, ints([1]), ints([0]))
    return normalised(ops.add(words, positions), bert.epsilon)


def _word_vectors(table: Array, ids: Node) -> Node:
    """Look up vectors; those of a large vocabulary are kept in i8, with a scale for each word."""
    if len(table) < LARGE_VOCABULARY:
        return ops.gather(floats(table), ids, ints(0))
    scales = np.maximum(np.abs(table).max(1, keepdims=True), MIN_NORM) / WEIGHT_LEVELS
    levels = ops.constant(np.round(table / scales).astype(np.int8))
    found = ops.convert(ops.gather(levels, ids, ints(0)), "f32")
    return ops.multiply(found, ops.gather(floats(scales), ids, ints(0)))


def _layer(
    bert: FoldedBert, layer: FoldedLayer, maps: FoldedLayer | LayerPlan, states: Node, penalty: Node
) -> Node:
    context = _attend(bert, maps, states, penalty)
    output = _apply(maps.attention_output, context)
    states = normalised(_residual(states, layer.attention_gain, output), bert.epsilon)
    forward = ops.gelu(_apply(maps.feed_forward, _enter(maps.feed_forward, states)), "ERF")
    forward = _enter(maps.feed_forward_output, forward)
    output = _apply(maps.feed_forward_output, forward)
    return normalised(_residual(states, layer.feed_forward_gain, output), bert.epsilon)


def _attend(bert: FoldedBert, maps: FoldedLayer | LayerPlan, states: Node, penalty: Node) -> Node:
    """Attend with three products instead of a stacked one, so that each has its own output type."""
    size = bert.hidden // bert.heads
    entered = _enter(maps.attention, states)
    query, key, value = (
        _apply(maps.attention, entered, slice(part * bert.hidden, (part + 1) * bert.hidden))
        for part in range(3)
    )
    if isinstance(maps, LayerPlan):
        query, key = _signed(query, maps.score_bound), _signed(key, maps.score_bound)
    query, key, value = (
        ops.reshape(part, ints([0, 0, bert.heads, size]), special_zero=True)
        for part in (query, key, value)
    )
    query, value = (ops.transpose(part, ints([0, 2, 1, 3])) for part in (query, value))
    key = ops.transpose(key, ints([0, 2, 3, 1]))
    scores = ops.add(ops.matmul(query, key, False, False), penalty)
    context = ops.matmul(ops.softmax(scores, -1), value, False, False)
    context = ops.transpose(context, ints([0, 2, 1, 3]))
    merged = ops.reshape(context, ints([0, 0, bert.hidden]), special_zero=True)
    return _levels(merged) if isinstance(maps, LayerPlan) else merged


def _enter(linear: Linear | QuantisedLinear, x: Node) -> Node:
    """Return the input of the map: x itself, or its levels."""
    return x if isinstance(linear, Linear) else _on_grid(linear.grid, x)


def _on_grid(grid: Grid, x: Node) -> Node:
    return _levels(ops.add(ops.multiply(x, floats(1 / grid.step)), floats(-grid.low / grid.step)))


def _apply(linear: Linear | QuantisedLinear, x: Node, rows: slice = slice(None)) -> Node:
    if isinstance(linear, Linear):
        weight = floats(linear.weight[rows])
    else:
        levels = ops.convert(ops.constant(linear.weight[rows]), "f32")
        weight = ops.multiply(levels, floats(linear.scale[rows, None]))
    return ops.add(ops.matmul(x, weight, False, True), floats(linear.bias[rows]))


def _levels(x: Node) -> Node:
    """Round to 0 … 255, which fits u8."""
    return _fake_quantise(x, 0, LEVELS)


def _signed(x: Node, bound: float) -> Node:
    """Round to -128 … 127 steps of bound / 127, which fits i8."""
    return _fake_quantise(x, -bound * 128 / 127, bound)


def _fake_quantise(x: Node, low: float, high: float) -> Node:
    ends = [floats(np.full((1, 1, 1), end)) for end in (low, high)]
    return ops.fake_quantize(x, *ends, *ends, LEVELS + 1)


def _residual(states: Node, gain: Array, output: Node) -> Node:
    return ops.add(ops.multiply(states, floats(gain)), output)


def normalised(x: Node, epsilon: float) -> Node:
    return ops.mvn(x, ints([-1]), True, epsilon, "INSIDE_SQRT")


def _pool(states: Node, present: Node, pooling: Pooling) -> Node:
    """Return the first token's state, or the sum over tokens, which has the mean's direction."""
    if pooling == "cls":
        pooled = ops.gather(states, ints(0), ints(1))
    else:
        kept = ops.multiply(states, ops.unsqueeze(present, ints([2])))
        pooled = ops.reduce_sum(kept, ints([1]), False)
    return ops.normalize_l2(pooled, ints([1]), MIN_NORM, "max")


def token_input(name: str) -> Node:
    node = ops.parameter([-1, -1], np.int64, name=name)
    node.output(0).get_tensor().set_names({name})
    return node


def floats(values: Any) -> Node:
    return ops.constant(np.array(values, np.float32, order="C"))


def ints(values: Any) -> Node:
    return ops.constant(np.array(values, np.int64))
