"""A read model in one file, its follower, and the changes that it follows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from services.query.read_models.changes import changes_of
from services.query.read_models.follower import Follower
from services.query.read_models.rows import every_indexed_chunk
from shared.bus.in_process import InProcessBus
from shared.database.base import Database
from shared.domain.position import Position
from shared.ledger import lifecycle
from shared.repositories import indexed_chunks
from shared.repositories.events import StoredEvent
from shared.repositories.indexed_chunks import IndexedChunk
from tests.support import ledger as kit


class Killed(BaseException):
    """Ends a model's work at once, like the end of its process."""


class FileModel:
    """A model whose rows and place are in one file, replaced at every commit.

    It raises the next of `faults` in the middle of each change, before the file is written.
    """

    name = "file"

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path
        self.faults: list[BaseException] = []
        self.rebuilt = 0
        self.hold = asyncio.Event()
        self.hold.set()

    @property
    def position(self) -> Position | None:
        return self.read()[0] if self._path.exists() else None

    @property
    def titles(self) -> dict[str, str]:
        """The title of each chunk, by id."""
        return {id_: title for id_, (_, _, title) in self.read()[1].items()}

    async def count(self) -> int:
        return len(self.titles)

    async def rebuild(self, position: Position) -> None:
        await self.hold.wait()
        rows: dict[str, tuple[str, int, str]] = {}
        async for page in every_indexed_chunk(self._database, limit=2):
            self._fail()
            rows |= as_rows(page)
        self.write(position, rows)
        self.rebuilt += 1

    async def apply(self, events: Sequence[StoredEvent], position: Position) -> None:
        rows = self.read()[1]
        changes = changes_of(events)
        for id_, (document_id, revision, _) in list(rows.items()):
            whole = document_id in changes.removed | changes.reloaded
            if whole or revision < changes.superseded.get(document_id, 0):
                del rows[id_]
        self._fail()
        rows |= as_rows(
            await self._database.read(indexed_chunks.of_changes, changes.reloaded, changes.batches)
        )
        self.write(position, rows)

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)

    def read(self) -> tuple[Position, dict[str, tuple[str, int, str]]]:
        place, rows = json.loads(self._path.read_text())
        return Position(*place), rows

    def write(self, position: Position, rows: dict[str, tuple[str, int, str]]) -> None:
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps([[position.epoch, position.seq], rows]))
        aside.replace(self._path)


def as_rows(chunks: Sequence[IndexedChunk]) -> dict[str, tuple[str, int, str]]:
    return {each.chunk_id: (each.document_id, each.revision, each.title) for each in chunks}


class Following:
    """A follower of one model, started and stopped as often as a test needs."""

    def __init__(self, database: Database, path: Path) -> None:
        self.database, self.path = database, path
        self.bus = InProcessBus()
        self.gather_s = 0.0
        self.poll_s = 0.05

    async def start(self, *faults: BaseException, hold: bool = False) -> FileModel:
        """Start like a process: what is left of an earlier model is its file."""
        self.model = FileModel(self.database, self.path)
        self.model.faults = list(faults)
        if hold:
            self.model.hold.clear()
        self.follower = Follower(
            self.database,
            self.bus,
            [self.model],
            poll_s=self.poll_s,
            gather_s=self.gather_s,
            pause_s=0.01,
        )
        await self.follower.start()
        return self.model

    async def stop(self) -> None:
        await self.follower.stop()

    async def equals_the_rows(self) -> bool:
        assert await self.follower.caught_up(30)
        return self.model.titles == await titles(self.database)


async def titles(database: Database) -> dict[str, str]:
    """Return the titles of all indexed chunks as the rows have them."""
    rows = [chunk async for page in every_indexed_chunk(database) for chunk in page]
    return {chunk.chunk_id: chunk.title for chunk in rows}


async def indexed(database: Database, **values: str) -> str:
    """Return the id of a new document of two indexed chunks."""
    document_id, task_id = await kit.upload(database, **values)
    await kit.process(database, task_id)
    return document_id


async def rename(database: Database, document_id: str, title: str) -> None:
    await database.transact(lifecycle.change_details, document_id, {"title": title})
