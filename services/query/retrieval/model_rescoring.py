"""Adds the scores of a model, if one is set, to those of the best candidates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.query.retrieval.candidates import Candidate
from shared.encoders.rescoring import Rescorer

# Candidates that the model reads, each of which takes about 4 ms of a core with the small one.
READ = 40


@dataclass(frozen=True)
class ModelRescoring:
    """Orders candidates with a `Rescorer`."""

    rescorer: Rescorer

    async def ordered(self, question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates in their new order, the first `READ` with what the model adds.

        Nothing is subtracted, so the others stay behind them.
        """
        best = candidates[:READ]
        texts = [f"{each.chunk.row.title}\n{each.chunk.row.content}" for each in best]
        found = await asyncio.to_thread(self.rescorer.scores, question, texts)
        weight = self.rescorer.weight
        read = [
            Candidate(
                each.chunk,
                (each.score + weight * score) / (1 + weight),
                each.scores,
                each.explanation and replace(each.explanation, model=score),
            )
            for each, score in zip(best, found.tolist(), strict=True)
        ]
        read.sort(key=lambda each: -each.score)
        rest = (each._replace(score=each.score / (1 + weight)) for each in candidates[READ:])
        return [*read, *rest]
