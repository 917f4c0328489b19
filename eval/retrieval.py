"""Measures nDCG@10 and recall@10 of the default encoder: `python -m eval.retrieval`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from eval.dataset import Dataset, folder, load
from shared.encoders import EncoderOptions, open_encoder
from shared.encoders.base import TextEncoder
from shared.vectors.exact import nearest

SETS = ("cranfield", "xquad/en")
K = 10


def ndcg(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return the normalised discounted cumulative gain (Järvelin & Kekäläinen, 2002)."""
    gains = [relevant.get(each, 0) for each in found]
    return _discounted(gains) / _discounted(sorted(relevant.values(), reverse=True)[: len(found)])


def recall(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return the share of the relevant texts that was found."""
    return len(relevant.keys() & set(found)) / len(relevant)


def measure(dataset: Dataset, encoder: TextEncoder) -> tuple[float, float]:
    """Return mean nDCG and recall over all questions."""
    ids = list(dataset.texts)
    matrix = np.concatenate([encoder.encode(part) for part in _parts(list(dataset.texts.values()))])
    scores = []
    for query in dataset.queries:
        hits = nearest(ids, matrix, encoder.encode_question(query.text), K)
        found = [hit.chunk_id for hit in hits]
        scores.append((ndcg(found, query.relevant), recall(found, query.relevant)))
    mean = np.mean(scores, axis=0)
    return float(mean[0]), float(mean[1])


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _parts(texts: list[str]) -> list[list[str]]:
    return [texts[start : start + 64] for start in range(0, len(texts), 64)]


def main() -> None:
    encoder = open_encoder(EncoderOptions())
    print(f"{encoder.name}\n{'set':12} {'nDCG@10':>8} {'recall@10':>10}")
    for name in SETS:
        gained, found = measure(load(folder(), name), encoder)
        print(f"{name:12} {gained:8.3f} {found:10.3f}")
    encoder.close()


if __name__ == "__main__":
    main()
