"""One-sided vectors are spread without changing much of their order."""

from __future__ import annotations

import numpy as np

from shared.encoders.centring import centred, shift_of


def one_sided(seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((40, 64)).astype(np.float32)
    rows[:, 0] += 15
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_centred_vectors_of_different_texts_are_far_apart() -> None:
    vectors = one_sided(1)
    moved = centred(vectors, shift_of(one_sided(2)))
    apart = ~np.eye(len(vectors), dtype=bool)
    assert (vectors @ vectors.T)[apart].mean() > 0.7
    assert (moved @ moved.T)[apart].mean() < 0.4
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1, atol=1e-6)
    assert moved.dtype == np.float32


def test_without_a_shift_nothing_changes() -> None:
    vectors = one_sided(1)
    assert centred(vectors, None) is vectors


def test_a_vector_that_equals_the_shift_stays_finite() -> None:
    vectors = one_sided(1)[:1]
    assert np.isfinite(centred(vectors, vectors[0])).all()
