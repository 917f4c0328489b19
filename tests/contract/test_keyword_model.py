"""The keyword index as a read model: it follows the rows, on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from services.query.question import Question
from services.query.read_models import keywords
from services.query.read_models.follower import Follower
from services.query.read_models.keywords import KeywordModel
from services.query.retrieval.keywords import KeywordRetriever
from shared.bus.in_process import InProcessBus
from shared.database.base import Database
from shared.database.schema import Document
from shared.domain.position import Position
from shared.keywords import open_keywords
from shared.ledger import lifecycle
from shared.repositories import events, live_chunks
from shared.repositories.scope import Scope
from tests.support import ledger as kit


class Following:
    """A follower of a keyword index, started and stopped as often as a test needs."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder

    async def start(self) -> None:
        self.index = open_keywords(self.folder)
        self.model = KeywordModel(self.database, self.index)
        self.follower = Follower(self.database, InProcessBus(), [self.model], poll_s=0.05)
        await self.follower.start()

    async def stop(self) -> None:
        await self.follower.stop()
        self.index.close()

    async def found(self, question: str, scope: Scope | None = None, k: int = 100) -> list[str]:
        """Return the titles of the live chunks that a question finds, once all is applied."""
        assert await self.follower.caught_up(30)
        scope = scope or Scope()
        retriever = KeywordRetriever(self.database, self.index)
        search = await retriever.prepare(Question.from_text(question), scope)
        hits = await search.nearest(k)
        ids = [hit.chunk_id for hit in hits]
        rows = await self.database.read(live_chunks.by_id, ids, Scope())
        return sorted(rows[hit.chunk_id].title for hit in hits)


@pytest.fixture
async def following(database: Database, tmp_path: Path) -> AsyncIterator[Following]:
    following = Following(database, tmp_path / "keywords")
    await following.start()
    yield following
    await following.stop()


async def indexed(database: Database, **values: str) -> str:
    """Return the id of a new document of two indexed chunks, "passage 0" and "passage 1"."""
    document_id, task_id = await kit.upload(database, **values)
    await kit.process(database, task_id)
    return document_id


async def test_what_is_indexed_is_found_at_once(following: Following) -> None:
    await indexed(following.database, title="Handbook")
    assert await following.found("passage") == ["Handbook", "Handbook"]
    assert await following.found("handbook passage 1") == ["Handbook", "Handbook"]
    assert following.index.count() == 2


async def test_a_renamed_document_is_found_by_its_new_title(following: Following) -> None:
    document_id = await indexed(following.database, title="Handbook")
    assert await following.found("handbook") == ["Handbook", "Handbook"]
    await following.database.transact(lifecycle.change_details, document_id, {"title": "Manual"})
    assert await following.found("manual") == ["Manual", "Manual"]
    assert await following.found("handbook") == []


async def test_a_deleted_document_is_found_no_more(following: Following) -> None:
    gone = await indexed(following.database, title="Gone")
    await indexed(following.database, title="Kept")
    await following.database.transact(lifecycle.request_deletion, gone)
    assert await following.found("passage") == ["Kept", "Kept"]
    assert following.index.count() == 2


async def test_a_new_revision_replaces_the_one_before(following: Following) -> None:
    document_id = await indexed(following.database)
    opened = await following.database.transact(lifecycle.reprocess, document_id, "again")
    await kit.process(following.database, kit.task_ids(opened)[0])
    assert len(await following.found("passage")) == 2
    assert following.index.count() == 2


async def test_scope_is_applied_inside_the_search(following: Following) -> None:
    database = following.database
    for n in range(3):
        await indexed(database, title=f"Other {n}", collection="a")
    document_id = await indexed(database, title="Wanted", collection="b")
    await database.transact(_set_file_type, document_id)
    one = ["Wanted"]
    assert await following.found("passage", Scope(collections=("b",)), k=1) == one
    assert await following.found("passage", Scope(document_ids=(document_id,)), k=1) == one
    assert await following.found("passage", Scope(file_types=("md",)), k=1) == one
    assert await following.found("passage", Scope(types=("table",))) == []
    assert await following.found("passage", Scope(file_types=("docx",))) == []


async def test_restarted_process_continues_where_it_stopped(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(following.database, title="Before")
    await following.found("passage")
    await following.stop()
    await indexed(following.database, title="After")
    monkeypatch.setattr(KeywordModel, "rebuild", None)
    await following.start()
    assert await following.found("passage") == ["After", "After", "Before", "Before"]


async def test_events_that_change_nothing_are_written_down_once_in_a_while(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keywords, "_COMMIT_EVERY_S", 0.0)
    await kit.upload(following.database)
    assert await following.follower.caught_up(30)
    stored, now = following.index.position, await following.database.read(events.position)
    assert stored == now


async def test_removed_folder_is_filled_from_the_rows(
    following: Following, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keywords, "_CHUNKS_PER_COMMIT", 1)
    for n in range(12):
        await indexed(following.database, title=f"Document {n}")
    await following.stop()
    following.folder = tmp_path / "other"
    await following.start()
    assert len(await following.found("passage")) == 24


async def test_process_killed_while_it_builds_the_index_builds_it_again(
    following: Following, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keywords, "_CHUNKS_PER_COMMIT", 1)
    gone = await indexed(following.database, title="Gone")
    for n in range(12):
        await indexed(following.database, title=f"Document {n}")
    await following.stop()
    half_built = tmp_path / "other"
    index = open_keywords(half_built)
    with monkeypatch.context() as killed:
        killed.setattr(KeywordModel, "_commit", fail)
        with pytest.raises(RuntimeError):
            await KeywordModel(following.database, index).rebuild(Position("an epoch", 1))
    assert index.count() > 0
    index.close()
    await following.database.transact(lifecycle.request_deletion, gone)
    following.folder = half_built
    await following.start()
    assert len(await following.found("passage")) == 24
    assert following.index.count() == 24


async def fail(*_: object) -> None:
    raise RuntimeError


def _set_file_type(session: Session, document_id: str) -> None:
    row = update(Document).where(Document.document_id == document_id)
    session.execute(row.values(file_type="md"))
