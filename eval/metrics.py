"""Measures of one ranking, and their mean with a confidence interval. No I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

# Ranks that count.
K = 10
RESAMPLES = 2000
_SEED = 7
_PERCENT = (2.5, 97.5)


def ndcg(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return the normalised discounted cumulative gain (Järvelin & Kekäläinen, 2002) at K."""
    best = sorted(relevant.values(), reverse=True)[:K]
    return _discounted(relevant.get(each, 0) for each in found[:K]) / _discounted(best)


def hit(found: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """Return 1 if one of the first `k` is relevant, else 0."""
    return float(any(each in relevant for each in found[:k]))


def reciprocal_rank(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return 1 divided by the rank of the first relevant one; 0 if none of the first K is."""
    ranks = (rank for rank, each in enumerate(found[:K], start=1) if each in relevant)
    return 1 / next(ranks, math.inf)


def estimate(values: Sequence[float]) -> dict[str, float]:
    """Return mean, count and the percentile bootstrap's 95 % interval; the same in every run.

    Without values the mean and the interval are NaN.
    """
    sample = np.asarray(values, dtype=float)
    if not sample.size:
        return {"mean": math.nan, "low": math.nan, "high": math.nan, "count": 0}
    picks = np.random.default_rng(_SEED).integers(sample.size, size=(RESAMPLES, sample.size))
    low, high = np.percentile(sample[picks].mean(axis=1), _PERCENT)
    return {
        "mean": float(sample.mean()), "low": float(low), "high": float(high), "count": sample.size
    }  # fmt: skip


def _discounted(gains: Iterable[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
