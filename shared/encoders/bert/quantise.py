"""Linear maps in int8: u8 grids for their inputs, i8 weights, float scales. Pure numpy.

Each channel's grid has its own shift and scale, and the weights absorb the scale:
SmoothQuant (Xiao et al. 2022, arXiv:2211.10438) with the shift of Outlier Suppression+ (Wei et al.
2023, arXiv:2304.09145). Unsigned levels without a zero point are what the CPU multiplies fastest.
Weights are rounded one input channel at a time, and later channels compensate for each rounding
error: GPTQ (Frantar et al. 2022, arXiv:2210.17323).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.encoders.bert.weights import Array, Linear

# Highest level of an input (u8) and of a weight (i8, symmetric around 0).
LEVELS = 255
WEIGHT_LEVELS = 127
# Factor on measured ranges, because later texts reach further than the calibration texts.
HEADROOM = 1.2
# Least range of a channel, so that a constant one causes no division by zero.
MIN_REACH = 1e-4
# Share of the mean diagonal added to the moments, as in GPTQ, so that they can be inverted.
DAMPING = 0.01
# Columns rounded before the error is passed on to the rest in one matrix product, as in GPTQ.
BLOCK = 64


@dataclass(frozen=True)
class Grid:
    """Input channel c is represented by low[c] + step[c] · level, level 0 … 255."""

    low: Array
    step: Array

    def levels(self, x: Array) -> Array:
        return np.clip(np.round((x - self.low) / self.step), 0, LEVELS)


@dataclass(frozen=True)
class QuantisedLinear:
    """y ≈ scale · (weight @ levels) + bias, with weight (out, in) in i8 and levels from `grid`."""

    grid: Grid
    weight: NDArray[np.int8]
    scale: Array
    bias: Array

    def apply(self, x: Array) -> Array:
        return self.grid.levels(x) @ self.weight.T.astype(np.float32) * self.scale + self.bias

    def rescaled(self, gain: Array, shift: Array) -> QuantisedLinear:
        """Return the map gain · y + shift, which costs no more to run."""
        return replace(self, scale=self.scale * gain, bias=self.bias * gain + shift)


def quantise_linear(linear: Linear, inputs: Array, migration: float) -> QuantisedLinear:
    """Quantise `linear` for inputs with the ranges of `inputs` (tokens, in).

    `migration` in 0..1 is the share of the differences between channels that the weights take over.
    """
    grid = lay_grid(linear.weight, inputs, migration)
    levels = grid.levels(inputs)
    spread = linear.weight * grid.step
    scale = np.abs(spread).max(1) / WEIGHT_LEVELS
    weight = round_weights(spread / scale[:, None], levels)
    draft = QuantisedLinear(grid, weight, scale, linear.weight @ grid.low + linear.bias)
    wanted = inputs @ linear.weight.T + linear.bias
    return replace(draft, bias=draft.bias + (wanted - draft.apply(inputs)).mean(0))


def lay_grid(weight: Array, inputs: Array, migration: float) -> Grid:
    """Centre each channel; `migration` sets its step between its own range and a common one."""
    low, high = inputs.min(0), inputs.max(0)
    centre = (low + high) / 2
    reach = np.maximum((high - low) / 2, MIN_REACH) * HEADROOM
    largest = np.maximum(np.abs(weight).max(0), MIN_REACH)
    shares = reach**migration / largest ** (1 - migration)
    half = shares * (reach / shares).max()
    return Grid(centre - half, half * 2 / LEVELS)


def round_weights(weight: Array, levels: Array) -> NDArray[np.int8]:
    """Round (out, in) in units of one level to i8 by GPTQ, which keeps `weight @ levels` closest.

    Levels are centred on their mean, because the bias corrects errors common to all tokens.
    """
    centred = levels - levels.mean(0)
    moments = (centred.T @ centred).astype(np.float64)
    order = np.argsort(-np.diag(moments))
    columns = len(moments)
    moments = moments[np.ix_(order, order)]
    # The 1 keeps constant channels invertible.
    moments += np.eye(columns) * (1 + DAMPING * np.trace(moments) / columns)
    factor = np.linalg.cholesky(np.linalg.inv(moments)).T
    rest = weight[:, order].astype(np.float64)
    rounded = np.empty_like(rest)
    for start in range(0, columns, BLOCK):
        stop = min(columns, start + BLOCK)
        errors = _round_block(rest, rounded, factor, start, stop)
        rest[:, stop:] -= errors @ factor[start:stop, stop:]
    return rounded[:, np.argsort(order)].astype(np.int8)


def _round_block(
    rest: NDArray[np.float64],
    rounded: NDArray[np.float64],
    factor: NDArray[np.float64],
    start: int,
    stop: int,
) -> NDArray[np.float64]:
    """Round columns start … stop, passing each error on to later columns, and return the errors."""
    errors = np.empty((len(rest), stop - start))
    for column in range(start, stop):
        rounded[:, column] = np.clip(np.round(rest[:, column]), -WEIGHT_LEVELS, WEIGHT_LEVELS)
        error = (rest[:, column] - rounded[:, column]) / factor[column, column]
        rest[:, column:stop] -= np.outer(error, factor[column, column:stop])
        errors[:, column - start] = error
    return errors
