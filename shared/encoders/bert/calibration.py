"""Quantises an encoder layer by layer, on the activations that calibration texts produce."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources

import numpy as np

from shared.encoders.bert.quantise import (
    HEADROOM,
    MIN_REACH,
    Grid,
    QuantisedLinear,
    quantise_linear,
)
from shared.encoders.bert.reference import Activations, embed, run_layer
from shared.encoders.bert.weights import Array, FoldedBert, FoldedLayer

SEPARATOR = "\n---\n"
# Share (0 … 1) of the differences between channels that the weights take over. Measured: the cosine
# to fp32 is flat around 0.8; channels of the context differ less and keep half.
MIGRATION = 0.8
CONTEXT_MIGRATION = 0.5


@dataclass(frozen=True)
class LayerPlan:
    """One layer's int8 maps; `score_bound` is the largest |value| of queries and of keys.

    `attention` returns values already quantised on the grid of `attention_output`: attention is a
    weighted mean, so a shift and a scale per channel pass through it unchanged.
    """

    attention: QuantisedLinear
    score_bound: float
    attention_output: QuantisedLinear
    feed_forward: QuantisedLinear
    feed_forward_output: QuantisedLinear


def calibration_texts() -> list[str]:
    """Return calibration texts: typical ones, and unusual ones that widen the measured ranges."""
    file = resources.files("shared.encoders.bert").joinpath("calibration.txt")
    return file.read_text(encoding="utf-8").rstrip("\n").split(SEPARATOR)


def make_plan(bert: FoldedBert, rows: Sequence[Sequence[int]]) -> tuple[LayerPlan, ...]:
    """Run the rows of token ids through the encoder layer by layer, and quantise each."""
    states = [embed(bert, row) for row in rows]
    plans = []
    for layer in bert.layers:
        passes = [run_layer(bert, layer, text) for text in states]
        states = [after for after, _ in passes]
        plans.append(plan_layer(layer, _join([seen for _, seen in passes])))
    return tuple(plans)


def plan_layer(layer: FoldedLayer, seen: Activations) -> LayerPlan:
    queries, keys, _ = np.split(seen.attention, 3, axis=1)
    balance, score_bound = _balance(queries, keys)
    output = quantise_linear(layer.attention_output, seen.context, CONTEXT_MIGRATION)
    low, step = output.grid.low, output.grid.step
    attention = quantise_linear(layer.attention, seen.attention_input, MIGRATION).rescaled(
        gain=np.concatenate([balance, 1 / balance, 1 / step]),
        shift=np.concatenate([np.zeros_like(balance), np.zeros_like(balance), -low / step]),
    )
    identity = Grid(np.zeros_like(low), np.ones_like(step))
    return LayerPlan(
        attention=attention,
        score_bound=score_bound,
        attention_output=replace(output, grid=identity),
        feed_forward=quantise_linear(layer.feed_forward, seen.feed_forward_input, MIGRATION),
        feed_forward_output=quantise_linear(
            layer.feed_forward_output, seen.feed_forward, MIGRATION
        ),
    )


def _balance(queries: Array, keys: Array) -> tuple[Array, float]:
    """Return the factors per channel that give queries and keys equal ranges, and the range.

    Queries are multiplied and keys divided by them, so their product does not change.
    """
    reach_q = np.maximum(np.abs(queries).max(0), MIN_REACH)
    reach_k = np.maximum(np.abs(keys).max(0), MIN_REACH)
    balance = np.sqrt(reach_k / reach_q)
    return balance, float((reach_q * balance).max() * HEADROOM)


def _join(parts: Sequence[Activations]) -> Activations:
    return Activations(
        attention_input=np.concatenate([part.attention_input for part in parts]),
        attention=np.concatenate([part.attention for part in parts]),
        context=np.concatenate([part.context for part in parts]),
        feed_forward_input=np.concatenate([part.feed_forward_input for part in parts]),
        feed_forward=np.concatenate([part.feed_forward for part in parts]),
    )
