"""Statements of a caller see what the caller may see, and one that forgets to look is refused."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import Chunk, Document, ProcessingTask, QueryLog
from shared.domain.caller import Caller, Right, as_caller, caller_of
from shared.repositories import (
    access,
    chunks,
    collections,
    documents,
    groups,
    live_chunks,
    principals,
    progress,
    query_logs,
    tasks,
)
from shared.repositories.access import CallerDatabase, RightsNotChecked
from shared.repositories.scope import Scope, within_rights

HR, SOPS, LAB = "hr", "sops", "lab"


@dataclass
class World:
    """Three collections with a document each, and principals with different rights on them."""

    database: Database
    ids: dict[str, str] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)

    def caller(self, name: str, *scopes: str) -> Caller:
        roles = {"root": ["admin"], "olga": ["operator"]}.get(name, [])
        return caller_of(self.ids[name], name, roles, scopes=scopes)

    async def sees(self, caller: Caller, right: Right = "read") -> set[str]:
        """Return the collections whose document the caller sees, by every way of reading."""
        with as_caller(caller):
            return await CallerDatabase(self.database).read(_visible, self.documents, right)


def _visible(session: Session, stored: dict[str, str], right: Right) -> set[str]:
    if right != "read":
        return {name for name in stored if access.has_right(session, name, right)}
    seen = {each.collection for each in documents.page(session)}
    assert documents.count(session) == len(seen)
    live = set(live_chunks.document_ids(session, Scope()))
    assert {stored[name] for name in seen} == live
    for collection, document_id in stored.items():
        chunk_id = f"{collection}-chunk"
        found = [
            documents.get(session, document_id),
            progress.of_document(session, document_id),
            chunks.of_document(session, document_id, 1),
            chunks.sentences_of(session, [chunk_id]),
            chunks.stored_picture_key(session, document_id, chunk_id, [1]),
            tasks.of_document(session, document_id),
            tasks.by_celery_id(session, f"{collection}-celery"),
            live_chunks.by_id(session, [chunk_id], Scope()),
            live_chunks.picture_of(session, chunk_id),
            live_chunks.text_after(session, document_id, -1),
            live_chunks.openings(session, [document_id]),
            live_chunks.vectors_by_id(session, [chunk_id], "e"),
            list(live_chunks.vectors(session, [document_id], ["text"], "e", at_once=9)),
            chunk_id in live_chunks.pictures(session, Scope()),
            live_chunks.sizes(session, Scope(document_ids=(document_id,)))[0],
            access.has_right(session, collection, "read"),
            collections.get(session, collection),
        ]
        expected = [collection in seen] * len(found)
        assert [bool(each) for each in found] == expected, collection
    assert {row[0].name for row in collections.page(session)} == seen
    return seen


@pytest.fixture
async def world(database: Database) -> World:
    made = World(database)
    await database.transact(_make, made)
    return made


def _make(session: Session, made: World) -> None:
    for name in ("root", "olga", "anna", "ben", "carla", "dora"):
        row = principals.create(session, name=name, kind="person")
        made.ids[name] = row.principal_id
    for collection in (HR, SOPS, LAB):
        made.documents[collection] = _store(session, collection)
        collections.ensure(session, collection, made.ids["root"])
    # anna owns hr; ben reads hr and writes sops; carla's group manages lab; dora has nothing.
    collections.set_owner(session, HR, made.ids["anna"])
    collections.grant(session, HR, "read", principal_id=made.ids["ben"])
    collections.grant(session, SOPS, "write", principal_id=made.ids["ben"])
    group = groups.create(session, "technicians")
    groups.add(session, group.group_id, made.ids["carla"])
    collections.grant(session, LAB, "manage", group_id=group.group_id)


def _store(session: Session, collection: str) -> str:
    document_id = str(uuid.uuid4())
    session.execute(
        insert(Document).values(
            document_id=document_id,
            collection=collection,
            status="completed",
            sha256=collection,
            total_chunks=1,
        )
    )
    chunk: dict[str, Any] = {
        "chunk_id": f"{collection}-chunk",
        "document_id": document_id,
        "revision": 1,
        "batch": 0,
        "ordinal": 0,
        "content": f"secrets of {collection}",
        "chunk_type": "text",
        "token_count": 3,
        "text_hash": collection,
        "sentences": [[], []],
        "image_path": f"p/{collection}.png",
        "embedding_vector": b"\0\0\0\0",
        "encoder": "e",
    }
    session.execute(insert(Chunk).values(**chunk))
    session.execute(
        insert(ProcessingTask).values(
            task_id=str(uuid.uuid4()),
            document_id=document_id,
            revision=1,
            task_type="extract",
            celery_task_id=f"{collection}-celery",
        )
    )
    return document_id


ALL = {HR, SOPS, LAB}
RIGHTS: list[tuple[str, tuple[str, ...], set[str], set[str], set[str]]] = [
    ("root", (), ALL, ALL, ALL),
    ("root", ("read",), ALL, set(), set()),
    ("root", ("read", "collection:hr"), {HR}, set(), set()),
    ("root", ("metrics",), set(), set(), set()),
    ("root", ("admin",), ALL, ALL, ALL),
    ("olga", (), set(), set(), set()),
    ("anna", (), {HR}, {HR}, {HR}),
    ("anna", ("write",), {HR}, {HR}, set()),
    ("ben", (), {HR, SOPS}, {SOPS}, set()),
    ("ben", ("collection:sops",), {SOPS}, {SOPS}, set()),
    ("ben", ("read", "collection:lab"), set(), set(), set()),
    ("carla", (), {LAB}, {LAB}, {LAB}),
    ("dora", (), set(), set(), set()),
]


async def test_a_caller_sees_the_collections_that_its_rights_and_its_key_open(
    world: World,
) -> None:
    for name, scopes, reads, writes, manages in RIGHTS:
        caller = world.caller(name, *scopes)
        assert await world.sees(caller) == reads, (name, scopes)
        assert await world.sees(caller, "write") == writes, (name, scopes)
        assert await world.sees(caller, "manage") == manages, (name, scopes)


async def test_a_right_that_is_taken_away_is_gone_for_the_next_statement(world: World) -> None:
    ben = world.caller("ben")
    assert await world.sees(ben) == {HR, SOPS}

    def take_away(session: Session) -> None:
        for row in collections.grants(session, collection=HR):
            collections.revoke(session, row[0].grant_id)

    await world.database.transact(take_away)
    assert await world.sees(ben) == {SOPS}
    carla = world.caller("carla")

    def leave(session: Session) -> None:
        for each in groups.of_principal(session, carla.principal_id):
            groups.remove(session, each.group_id)

    await world.database.transact(leave)
    assert await world.sees(carla) == set()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), (HR, SOPS)),
        (Scope(collections=(SOPS, LAB)), (SOPS,)),
        (Scope(collections=(LAB,)), ("",)),
    ],
)
async def test_a_scope_is_bounded_by_the_collections_that_the_caller_reads(
    world: World, scope: Scope, expected: tuple[str, ...]
) -> None:
    with as_caller(world.caller("ben")):
        bounded = await CallerDatabase(world.database).read(within_rights, scope)
    assert bounded.collections == expected
    with as_caller(world.caller("root")):
        assert await CallerDatabase(world.database).read(within_rights, scope) == scope


@pytest.mark.parametrize(
    "statement",
    [
        select(Document.title),
        select(Chunk.content),
        select(ProcessingTask.task_id),
        select(QueryLog.query_text),
        text("SELECT content FROM chunks"),
        text('SELECT content FROM  "chunks"'),
        text("SELECT 1 FROM principals, documents"),
        update(Document).values(title="mine"),
    ],
)
async def test_a_statement_that_does_not_check_rights_is_refused(
    world: World, statement: Any
) -> None:
    database = CallerDatabase(world.database)

    def run(session: Session) -> None:
        session.execute(statement)

    with as_caller(world.caller("ben")), pytest.raises(RightsNotChecked):
        await database.transact(run)
    with as_caller(world.caller("root")):
        await database.transact(run)

    def run_as_system(session: Session) -> None:
        with access.as_system():
            run(session)

    with as_caller(world.caller("ben")):
        await database.transact(run_as_system)


async def test_without_a_request_there_are_no_rights(world: World) -> None:
    with pytest.raises(LookupError):
        await CallerDatabase(world.database).read(documents.count)
    assert await world.database.read(documents.count) == 3


async def test_each_caller_has_its_own_questions(world: World) -> None:
    def log(session: Session) -> None:
        for name in ("anna", "ben"):
            row = {"query_id": f"of-{name}", "query_text": name, "principal": world.ids[name]}
            session.execute(insert(QueryLog).values(**row))

    await world.database.transact(log)

    def seen(session: Session) -> tuple[list[str], int, bool, tuple[int, int]]:
        ids = [each.query_id for each in query_logs.recent(session)]
        rated = query_logs.set_feedback(session, "of-ben", "positive")
        counted = query_logs.count_answered(session, None, None)
        return ids, query_logs.count(session), rated, counted

    database = CallerDatabase(world.database)
    with as_caller(world.caller("anna")):
        assert await database.transact(seen) == (["of-anna"], 1, False, (1, 1))
    with as_caller(world.caller("root")):
        ids, *rest = await database.transact(seen)
        assert (sorted(ids), *rest) == (["of-anna", "of-ben"], 2, True, (2, 2))
