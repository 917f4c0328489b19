"""int8 maps are close to the exact ones, also if channels have different ranges."""

from __future__ import annotations

import numpy as np
import pytest

from shared.encoders.bert.quantise import lay_grid, quantise_linear, round_weights
from shared.encoders.bert.weights import Linear


def linear(width: int = 48, out: int = 24) -> Linear:
    random = np.random.default_rng(5)
    weight = random.standard_normal((out, width), np.float32)
    return Linear(weight, random.standard_normal(out, np.float32))


def inputs(width: int = 48, tokens: int = 400) -> np.ndarray:
    """Return correlated channels with an offset, two of them with fifty times the range."""
    random = np.random.default_rng(6)
    mixed = random.standard_normal((tokens, width)) @ random.standard_normal((width, width)) / 7
    mixed[:, :2] *= 50
    return (mixed + np.linspace(-3, 3, width)).astype(np.float32)


def relative_error(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted - wanted.mean(0)))


@pytest.mark.parametrize("migration", [0.0, 0.5, 0.8, 1.0])
def test_a_grid_covers_all_calibration_inputs(migration: float) -> None:
    x = inputs()
    grid = lay_grid(linear().weight, x, migration)
    levels = grid.levels(x)
    assert levels.min() > 0
    assert levels.max() < 255
    assert np.abs(grid.low + grid.step * levels - x).max() <= grid.step.max() / 2 * 1.001


@pytest.mark.parametrize("migration", [0.5, 0.8])
def test_a_quantised_map_is_close_to_the_exact_one(migration: float) -> None:
    exact, x = linear(), inputs()
    wanted = x @ exact.weight.T + exact.bias
    assert relative_error(quantise_linear(exact, x, migration).apply(x), wanted) < 0.02


def test_the_bias_removes_the_mean_error() -> None:
    exact, x = linear(), inputs()
    wanted = x @ exact.weight.T + exact.bias
    found = quantise_linear(exact, x, 0.8).apply(x)
    np.testing.assert_allclose(found.mean(0), wanted.mean(0), atol=1e-3 * np.abs(wanted).max())


def test_rounding_by_inputs_is_more_exact_than_rounding_each_weight() -> None:
    levels = np.round(inputs() * 4)
    weight = np.random.default_rng(7).standard_normal((24, 48)).astype(np.float32) * 20
    centred = levels - levels.mean(0)

    def error(rounded: np.ndarray) -> float:
        return float(np.linalg.norm(centred @ (weight - rounded).T))

    assert error(round_weights(weight, levels)) < 0.8 * error(np.round(weight))


def test_rescaling_is_exact() -> None:
    exact, x = linear(), inputs()
    quantised = quantise_linear(exact, x, 0.5)
    gain, shift = np.full(24, 3, np.float32), np.full(24, -1, np.float32)
    np.testing.assert_allclose(
        quantised.rescaled(gain, shift).apply(x), quantised.apply(x) * 3 - 1, rtol=1e-4, atol=1e-3
    )


def test_constant_channels_are_quantised_without_error() -> None:
    exact = linear()
    x = np.zeros((20, 48), np.float32)
    wanted = np.broadcast_to(exact.bias, (20, 24))
    np.testing.assert_allclose(quantise_linear(exact, x, 0.8).apply(x), wanted, atol=1e-3)
