"""Reads the rows of found chunks; those read last are kept while nothing changes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from sqlalchemy.orm import Session

from services.query.retrieval.candidates import PlainChunk
from services.query.retrieval.plain_text import plain
from services.query.retrieval.prepared import PreparedContents
from shared.database.base import Database
from shared.domain.position import Position
from shared.repositories import live_chunks
from shared.repositories.live_chunks import LiveChunk
from shared.repositories.scope import Scope
from shared.telemetry.metrics import QUERY_CACHE

# Live chunks by id.
Rows = dict[str, PlainChunk]

# Rows that are kept, of about 2 kB each with their plain texts.
_KEPT = 10_000
_HITS, _MISSES = QUERY_CACHE.labels("rows", "hit"), QUERY_CACHE.labels("rows", "miss")


class LiveRows:
    """Reads live chunks.

    Rows are kept with the place in the history of events at which they were read, and are used
    again only while that is the place of the last event: any change of a document makes them old.
    """

    def __init__(self, database: Database, kept: int = _KEPT) -> None:
        self._database = database
        self._kept = kept
        self._known: dict[str, PlainChunk] = {}
        self._place: Position | None = None
        # By the hash of a content, so that a change of one document costs the others little.
        self._contents = PreparedContents()

    async def of(self, chunk_ids: Sequence[str], scope: Scope, place: Position | None) -> Rows:
        """Return the live chunks of documents in `scope` among those with the given ids, by id.

        `place` is that of the last event when the question came; None keeps nothing.
        """
        if place is None or scope.is_narrow:
            return await self._database.read(self._read, chunk_ids, scope)
        if place != self._place:
            self._known.clear()
            self._place = place
        found = {each: known for each in chunk_ids if (known := self._known.get(each))}
        missing = [each for each in chunk_ids if each not in found]
        _HITS.inc(len(found))
        _MISSES.inc(len(missing))
        if not missing:
            return found
        read = await self._database.read(self._read, missing, scope)
        if place == self._place:
            self._known |= read
            # Those that were read first go first.
            for chunk_id in list(islice(self._known, max(0, len(self._known) - self._kept))):
                del self._known[chunk_id]
        return found | read

    def _read(self, session: Session, chunk_ids: Sequence[str], scope: Scope) -> Rows:
        """Return rows with what questions are compared with: making it takes as long as reading."""
        rows = live_chunks.by_id(session, chunk_ids, scope)
        return {chunk_id: self._plain(row) for chunk_id, row in rows.items()}

    def _plain(self, row: LiveChunk) -> PlainChunk:
        heading = _heading(row.title, row.section)
        return PlainChunk(row, *self._contents.of(row.text_hash, row.content), heading)


@lru_cache(maxsize=5_000)
def _heading(title: str, section: str) -> str:
    return plain(f"{title} {section}")
