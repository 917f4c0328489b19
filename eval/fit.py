"""Fits the weights of fusion and re-scoring on every second question: `python -m eval fit`.

Each question is searched once with `explain`. The order of what was found is then computed again
with other weights, without a server. The other half of the questions only reports the result.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from eval import metrics, retrieval
from eval.datasets import Dataset, Query
from eval.system import System, opened
from services.query.retrieval import fusion, rescoring

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """The weights that are fitted; `dense` is that of the cosine if every word is known."""

    dense: float
    phrase: float
    closeness: float
    heading: float
    row: float


PRESENT = Weights(
    fusion._MOST_DENSE,
    rescoring._PHRASE,
    rescoring._CLOSENESS,
    rescoring._HEADING,
    rescoring._ROW,
)
# Values that are tried for each weight; between neighbours the measure hardly differs.
TRIED: Mapping[str, Sequence[float]] = {
    "dense": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "phrase": (0.0, 0.15, 0.3, 0.5, 0.7, 1.0),
    "closeness": (0.0, 0.05, 0.1, 0.2, 0.3),
    "heading": (0.0, 0.1, 0.2, 0.3, 0.4),
    "row": (0.0, 0.4, 0.8, 1.2),
}


@dataclass(frozen=True)
class Candidates:
    """What was found for one question: a row of each array is a passage.

    `features` has phrase (squared), closeness, heading and the root of row; `keywords` is between
    0 and 1. `share` was the weight of the cosine; None if only one retriever found something.
    """

    documents: Sequence[str]
    relevant: Mapping[str, int]
    cosines: Array
    keywords: Array
    fused: Array
    features: Array
    share: float | None

    @classmethod
    def of(
        cls,
        passages: Sequence[Mapping[str, Any]],
        documents: Sequence[str],
        relevant: Mapping[str, int],
    ) -> Candidates:
        """Return the candidates that a search with `explain` returned, with their documents."""
        why = [passage["explanation"] for passage in passages]
        cosines = np.array([each["cosine"] or 0.0 for each in why])
        fused = np.array([each["fused"] for each in why])
        scores = np.array([passage["scores"].get("keywords", 0.0) for passage in passages])
        features = np.array(
            [
                [each["phrase"] ** 2, each["closeness"], each["heading"], each["row"] ** 0.5]
                for each in why
            ]
        ).reshape(-1, 4)
        share = None
        if cosines.any() and scores.any():
            # A fused score is the sum of two products, so its factors can be found again.
            (share, scale), *_ = np.linalg.lstsq(np.stack([cosines, scores], 1), fused)
            scores = scores * scale / (1 - share)
        return cls(documents, relevant, cosines, scores, fused, features, share)

    def quality(self, weights: Weights) -> float:
        """Return the nDCG of the order with these weights."""
        fused = self.fused
        if self.share is not None:
            share = max(fusion._LEAST_DENSE, self.share * weights.dense / PRESENT.dense)
            fused = share * self.cosines + (1 - share) * self.keywords
        of_features = (weights.phrase, weights.closeness, weights.heading, weights.row)
        added = self.features @ of_features
        order = np.argsort(-(fused + added), kind="stable")
        found = list(dict.fromkeys(self.documents[at] for at in order))
        return metrics.ndcg(found, self.relevant)


def measure(sets: Mapping[str, Dataset], target: str | None, console: Console) -> dict[str, Any]:
    """Return the present and the best weights with their measures on both halves."""
    found = {name: collected(dataset, target, console) for name, dataset in sets.items()}
    dev = {name: candidates[::2] for name, candidates in found.items()}
    best = fitted(lambda weights: _mean(dev, weights))
    return {
        "present": asdict(PRESENT),
        "best": asdict(best),
        "sets": {name: _compared(candidates, best) for name, candidates in found.items()},
    }


def fitted(quality: Callable[[Weights], float]) -> Weights:
    """Return the best weights: one after another is changed until no change is better."""
    best, reached = PRESENT, quality(PRESENT)
    improved = True
    while improved:
        improved = False
        for tried in _neighbours(best):
            if (measured := quality(tried)) > reached + 1e-6:
                best, reached, improved = tried, measured, True
    return best


def show(figures: Mapping[str, Any], console: Console) -> None:
    """Print a table of nDCG@10 with the present and the best weights, and those weights."""
    rows = [["nDCG@10", "fitted on: present", "best", "the others: present", "best"]]
    for name, of_set in figures["sets"].items():
        rows.append([name, *(f"{value:.4f}" for value in of_set.values())])
    for row in rows:
        console.print(f"| {' | '.join(row)} |", markup=False, highlight=False, soft_wrap=True)
    for name in ("present", "best"):
        weights = ", ".join(f"{key} {value}" for key, value in figures[name].items())
        console.print(f"{name}: {weights}", markup=False, highlight=False)


def collected(dataset: Dataset, target: str | None, console: Console) -> list[Candidates]:
    """Upload a set, ask all its questions and return what each one found."""
    with opened(target) as system, tempfile.TemporaryDirectory() as folder:
        console.print(f"Uploading {len(dataset.texts)} documents …")
        system.upload(retrieval.written(dataset.texts, Path(folder)))
        console.print(f"Asking {len(dataset.queries)} questions …")
        keys = {document_id: key for key, document_id in system.ids.items()}
        return [_candidates(system, keys, query) for query in dataset.queries]


def _candidates(system: System, keys: Mapping[str, str], query: Query) -> Candidates:
    found = system.passages(query.text, retrieval.TOP_K, explain=True)
    # Only those that were scored again have features.
    scored = [passage for passage in found if passage["explanation"]]
    return Candidates.of(scored, [keys[each["document_id"]] for each in scored], query.relevant)


def _neighbours(weights: Weights) -> Iterator[Weights]:
    for field in fields(Weights):
        for value in TRIED[field.name]:
            yield replace(weights, **{field.name: value})


def _mean(sets: Mapping[str, Sequence[Candidates]], weights: Weights) -> float:
    """Return the mean over sets, so that a large one does not outweigh the others."""
    return float(np.mean([_quality(of_set, weights) for of_set in sets.values()]))


def _quality(of_set: Sequence[Candidates], weights: Weights) -> float:
    return float(np.mean([each.quality(weights) for each in of_set]))


def _compared(candidates: Sequence[Candidates], best: Weights) -> dict[str, float]:
    dev, test = candidates[::2], candidates[1::2]
    return {
        "dev_present": _quality(dev, PRESENT),
        "dev_best": _quality(dev, best),
        "test_present": _quality(test, PRESENT),
        "test_best": _quality(test, best),
    }
