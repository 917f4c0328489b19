"""Finds pictures by what they show, beside their captions and the text around them.

Vectors of pictures are kept in memory, by the hash of the picture. They are made when the first
question for pictures needs them: those of a moment at once, the rest beside it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from services.query.question import Question
from services.query.retrieval.passages import Passage, as_passage
from services.query.retrieval.retrieval import Retrieval
from shared.blobs.base import Blobs, picture_hash
from shared.database.base import Database
from shared.domain.errors import Unavailable
from shared.encoders.base import Embeddings
from shared.encoders.pictures import PictureEncoder
from shared.repositories import live_chunks
from shared.repositories.live_chunks import LiveChunk
from shared.repositories.scope import Scope
from shared.vectors.exact import cosines

log = logging.getLogger(__name__)

PICTURE = "picture"
# Pictures encoded while a question waits: about two seconds on two cores with CLIP ViT-B/32.
_AT_ONCE = 16
# Vectors kept: 200 MB with 512 numbers each. Further pictures are found by their texts only: making
# their vectors in place of others would cost every question what the first one cost.
_MOST_KEPT = 100_000
# Seconds between looks for vectors of pictures that were deleted, once there is no room.
_LOOK_EVERY_S = 60.0
# Image chunks found by their captions that are ranked together with compared pictures.
_BY_TEXT = 50
# Weight of what a picture shows beside the score of its text. Not fitted: no pictures with known
# answers were at hand.
_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class FoundPictures:
    """Image chunks, best first, and the number of pictures that were not compared yet."""

    passages: list[Passage]
    waiting: int = 0


class PictureSearch:
    """Searches image chunks; without `encoder`, only by their texts. End it with `close`.

    `database` has the rows of the present caller, `everything` those of all.
    """

    def __init__(
        self,
        database: Database,
        retrieval: Retrieval,
        encoder: PictureEncoder | None = None,
        blobs: Blobs | None = None,
        *,
        everything: Database,
    ) -> None:
        self._database = database
        self._everything = everything
        self._retrieval = retrieval
        self._encoder = encoder
        self._blobs = blobs
        # By the hash of a picture; None: it can't be read.
        self._vectors: dict[str, Embeddings | None] = {}
        self._encoding = asyncio.Lock()
        self._looked = float("-inf")
        self._rest: asyncio.Task[None] | None = None

    @property
    def compares(self) -> bool:
        """Return whether pictures themselves are compared."""
        return self._encoder is not None

    async def by_text(self, question: Question, scope: Scope, top_k: int) -> FoundPictures:
        """Return the pictures that a text asks for."""
        found = await self._retrieval.find(question, scope, max(top_k, _BY_TEXT))
        if self._encoder is None:
            return FoundPictures(found.passages[:top_k])
        vector = await asyncio.to_thread(self._encoder.encode_text, question.text)
        shown, waiting = await self._cosines(vector, scope)
        texts = {passage.chunk_id: passage for passage in found.passages}
        spread = _spread(shown)
        scores = {
            chunk_id: _WEIGHT * spread.get(chunk_id, 0.0)
            + (1 - _WEIGHT) * (texts[chunk_id].score if chunk_id in texts else 0.0)
            for chunk_id in shown.keys() | texts.keys()
        }
        return FoundPictures(await self._passages(scores, shown, texts, scope, top_k), waiting)

    async def like(self, chunk_id: str, scope: Scope, top_k: int) -> FoundPictures | None:
        """Return the pictures most like that of a chunk; None if it has no picture."""
        key = await self._database.read(live_chunks.picture_of, chunk_id)
        if key is None:
            return None
        await self._encode([key])
        vector = self._vectors.get(picture_hash(key))
        if vector is None:
            return None
        shown, waiting = await self._cosines(vector, scope)
        shown.pop(chunk_id, None)
        return FoundPictures(await self._passages(shown, shown, {}, scope, top_k), waiting)

    async def close(self) -> None:
        """End the encoding beside questions."""
        if self._rest is not None:
            self._rest.cancel()
            await asyncio.gather(self._rest, return_exceptions=True)

    async def _cosines(self, vector: Embeddings, scope: Scope) -> tuple[dict[str, float], int]:
        """Return the cosine of each picture in scope by chunk id, and how many are waiting."""
        keys = await self._database.read(live_chunks.pictures, scope)
        missing = [key for key in dict.fromkeys(keys.values()) if self._misses(key)]
        waiting = await self._encode(missing[:_AT_ONCE]) + missing[_AT_ONCE:]
        if waiting and self._room() and (self._rest is None or self._rest.done()):
            self._rest = asyncio.create_task(self._encode_rest(waiting), name="pictures")
        known = {
            chunk_id: found
            for chunk_id, key in keys.items()
            if (found := self._vectors.get(picture_hash(key))) is not None
        }
        if not known:
            return {}, len(waiting)
        scores = cosines(np.stack(list(known.values())), vector)
        return dict(zip(known, scores.tolist(), strict=True)), len(waiting)

    def _misses(self, key: str) -> bool:
        return picture_hash(key) not in self._vectors

    async def _encode_rest(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _AT_ONCE):
            await self._encode(keys[start : start + _AT_ONCE])

    async def _encode(self, keys: Sequence[str]) -> list[str]:
        """Make the missing vectors, and return the keys for which there is no room."""
        async with self._encoding:
            missing = [key for key in keys if self._misses(key)]
            if len(missing) > self._room():
                await self._drop_deleted()
            room = self._room()
            if some := missing[:room]:
                self._vectors |= await asyncio.to_thread(self._encoded, some)
            return missing[room:]

    def _room(self) -> int:
        return max(0, _MOST_KEPT - len(self._vectors))

    async def _drop_deleted(self) -> None:
        """Remove the vectors of pictures that no document has any more; warn if none is."""
        if time.monotonic() - self._looked < _LOOK_EVERY_S:
            return
        self._looked = time.monotonic()
        keys = await self._everything.read(live_chunks.pictures, Scope())
        shown = set(map(picture_hash, keys.values()))
        self._vectors = {each: vector for each, vector in self._vectors.items() if each in shown}
        if not self._room():
            log.warning(
                "too many pictures to compare; the others are found by their texts only",
                extra={"limit": _MOST_KEPT},
            )

    def _encoded(self, keys: Sequence[str]) -> dict[str, Embeddings | None]:
        if self._encoder is None or self._blobs is None:
            raise Unavailable("No search of pictures is configured.")
        stored: list[str] = []
        paths: list[Path] = []
        for key in keys:
            # A document may be deleted at the same time.
            try:
                paths.append(self._blobs.path(key))
            except FileNotFoundError:
                continue
            stored.append(picture_hash(key))
        return dict(zip(stored, self._encoder.encode_pictures(paths), strict=True))

    async def _passages(
        self,
        scores: Mapping[str, float],
        shown: Mapping[str, float],
        texts: Mapping[str, Passage],
        scope: Scope,
        top_k: int,
    ) -> list[Passage]:
        best = sorted(scores, key=lambda chunk_id: -scores[chunk_id])[:top_k]
        rows = await self._database.read(_rows, best, scope)
        return [
            as_passage(rows[chunk_id], scores[chunk_id], _scores(chunk_id, shown, texts))
            for chunk_id in best
            if chunk_id in rows
        ]


def _rows(session: Session, chunk_ids: Iterable[str], scope: Scope) -> dict[str, LiveChunk]:
    return live_chunks.by_id(session, list(chunk_ids), scope)


def _scores(
    chunk_id: str, shown: Mapping[str, float], texts: Mapping[str, Passage]
) -> dict[str, float]:
    of_text = dict(texts[chunk_id].scores) if chunk_id in texts else {}
    return of_text | ({PICTURE: shown[chunk_id]} if chunk_id in shown else {})


def _spread(shown: Mapping[str, float]) -> dict[str, float]:
    """Return scores from 0 (up to the mean) to 1: cosines of a model lie close together."""
    if not shown:
        return {}
    best, mean = max(shown.values()), sum(shown.values()) / len(shown)
    width = best - mean
    return {
        chunk_id: max(0.0, score - mean) / width if width > 0 else 1.0
        for chunk_id, score in shown.items()
    }
