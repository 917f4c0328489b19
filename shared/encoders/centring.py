"""Spreads the vectors of encoders that put all texts into one direction. No I/O.

The cosine of any two texts is about 0.75 with e5, and 0 with most encoders; thresholds and sums of
scores expect the latter. Subtracting most of the mean vector gives e5 the distribution of the
bundled model: all-but-the-top (Mu & Viswanath 2018, arXiv:1702.01417), with the mean alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.encoders.base import Embeddings

# Share of the mean that is subtracted. Measured with e5 on XQuAD in English, German and Thai: the
# right text has a cosine of 0.6 and any other 0.2 to 0.3 (medians; bundled model 0.56 and 0.01),
# and nDCG@10 of vectors alone changes by -0.003 to 0.004 (docs/decisions/0018).
SHARE = 0.8
MIN_NORM = 1e-12


def shift_of(vectors: Embeddings) -> Embeddings:
    """Return what `centred` subtracts (dimension,), from vectors (n, dimension) of any texts."""
    return np.asarray(SHARE * vectors.mean(0), np.float32)


def centred(vectors: Embeddings, shift: Embeddings | None) -> Embeddings:
    """Return vectors (n, dimension) without `shift`, L2-normalised; None changes nothing."""
    if shift is None:
        return vectors
    moved = vectors - shift
    return np.asarray(moved / np.maximum(_norms(moved), MIN_NORM), np.float32)


def _norms(vectors: Embeddings) -> Embeddings:
    return np.asarray(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def is_one_sided(names: Sequence[str]) -> bool:
    """Return whether a model of these names needs it: those of the e5 family, tuned with prompts.

    >>> is_one_sided(["multilingual-e5-small"]), is_one_sided(["all-MiniLM-L6-v2"])
    (True, False)
    """
    return any("e5-" in name.lower() and "instruct" not in name.lower() for name in names)
