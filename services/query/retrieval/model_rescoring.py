"""Adds the scores of a model, if one is set, to those of the best candidates."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace

from services.query.retrieval.candidates import Candidate
from shared.encoders.rescoring import Rescorer

# Candidates that the model reads, each of which takes about 4 ms of a core with the small one.
READ = 40


@dataclass(frozen=True)
class ModelRescoring:
    """Orders candidates with a `Rescorer`."""

    rescorer: Rescorer

    async def ordered(
        self, question: str, candidates: Sequence[Candidate], known: MutableMapping[str, float]
    ) -> list[Candidate]:
        """Return the candidates in their new order, the first `READ` with what the model adds.

        Nothing is subtracted, so the others stay behind them. `known` has the scores that the model
        gave for this question before, by chunk id; new ones are added.
        """
        best = candidates[:READ]
        fresh = [each.chunk.row for each in best if each.chunk.row.chunk_id not in known]
        if fresh:
            texts = [f"{row.title}\n{row.content}" for row in fresh]
            scores = await asyncio.to_thread(self.rescorer.scores, question, texts)
            known.update(zip((row.chunk_id for row in fresh), scores.tolist(), strict=True))
        found = [known[each.chunk.row.chunk_id] for each in best]
        weight = self.rescorer.weight
        read = [
            Candidate(
                each.chunk,
                (each.score + weight * score) / (1 + weight),
                each.scores,
                each.explanation and replace(each.explanation, model=score),
            )
            for each, score in zip(best, found, strict=True)
        ]
        read.sort(key=lambda each: -each.score)
        rest = (each._replace(score=each.score / (1 + weight)) for each in candidates[READ:])
        return [*read, *rest]
