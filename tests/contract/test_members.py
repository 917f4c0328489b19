"""Documents made of files in a document are made once and follow it, on each database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import Document
from shared.domain.errors import Conflict
from shared.domain.events import DocumentUploaded
from shared.ledger import lifecycle, members
from shared.ledger.members import EndMembers, FoundMember, RefusedMember, SaveMember
from shared.ledger.steps import ClaimedTask, Step
from shared.ledger.writes import EndExtraction
from shared.repositories import blob_removals, families
from shared.repositories.blob_removals import BlobInRemoval
from tests.support import ledger as kit


def found(path: str, text: str = "") -> FoundMember:
    sha256 = kit.sha256_of(text or path)
    name = path.rpartition("/")[2]
    return FoundMember(path, name, name, "md", sha256, 3, f"originals/{sha256}")


async def archive(database: Database, **values: Any) -> ClaimedTask:
    """Store an archive and claim its reading."""
    given = {"name": "a.zip", "file_type": "zip", "collection": "plans", "owner_id": "someone"}
    _, task_id = await kit.upload(database, **(given | values))
    return await kit.must_claim(database, task_id)


async def save(database: Database, task: ClaimedTask, *files: FoundMember) -> list[str]:
    """Save files as documents; return the ids of the tasks that read them."""
    events = []
    for each in files:
        events += await kit.commit(database, task, Step(writes=[SaveMember(each)]))
    uploaded = [event for event in events if isinstance(event, DocumentUploaded)]
    return kit.task_ids(list(uploaded))


async def stored(database: Database, parent_id: str) -> list[Document]:
    def read(session: Session) -> list[Document]:
        query = select(Document).where(Document.parent_id == parent_id)
        return list(session.scalars(query.order_by(Document.member_path)))

    return await database.read(read)


def end(*files: FoundMember, refused: tuple[RefusedMember, ...] = ()) -> Step:
    return Step(writes=[EndMembers(files, refused), EndExtraction(0)], last=True)


async def test_a_repeated_attempt_makes_no_second_document(database: Database) -> None:
    task = await archive(database, metadata_={"year": 2024})
    files = [found("a/one.md"), found("a/two.md")]
    assert len(await save(database, task, *files)) == 2
    assert await save(database, task, *files) == []
    one, two = await stored(database, task.document_id)
    assert (one.member_path, two.member_path) == ("a/one.md", "a/two.md")
    for child in (one, two):
        assert (child.collection, child.owner_id) == ("plans", "someone")
        assert (child.metadata_, child.status) == ({"year": 2024}, "pending")
    await kit.commit(database, task, end(*files))
    parent = await kit.document(database, task.document_id)
    assert (parent.status, parent.members_unread, parent.error_code) == ("completed", None, None)


async def test_refused_files_and_duplicates_are_told(database: Database) -> None:
    known, _ = await kit.upload(
        database, collection="plans", sha256=kit.sha256_of("known"), name="k.md"
    )
    task = await archive(database)
    files = [found("k.md", "known"), found("new.md"), found("copy.md", "new.md")]
    assert len(await save(database, task, *files)) == 1
    refused = RefusedMember("b.exe", "unsupported_type", "A program can't be read.")
    await kit.commit(database, task, end(*files, refused=(refused,)))
    [child] = await stored(database, task.document_id)
    parent = await kit.document(database, task.document_id)
    assert parent.members_unread is not None
    told = parent.members_unread["members"]
    assert [(one["path"], one["code"], one.get("document_id")) for one in told] == [
        ("b.exe", "unsupported_type", None),
        ("k.md", "duplicate", known),
        ("copy.md", "duplicate", child.document_id),
    ]
    assert parent.members_unread["count"] == 3


async def test_many_refused_files_are_counted_and_some_listed(database: Database) -> None:
    task = await archive(database)
    refused = tuple(RefusedMember(f"{n}.exe", "unsupported_type", "No.") for n in range(150))
    await kit.commit(database, task, end(refused=refused))
    parent = await kit.document(database, task.document_id)
    assert parent.members_unread is not None
    assert (parent.members_unread["count"], len(parent.members_unread["members"])) == (150, 100)
    assert (parent.status, parent.error_code) == ("completed_empty", "no_text")
    assert "No file that can be read" in str(parent.error_message)


async def test_a_file_whose_blob_is_being_removed_waits(database: Database) -> None:
    task = await archive(database)
    one = found("one.md")
    await database.transact(blob_removals.mark, one.blob_key, "owner")
    with pytest.raises(BlobInRemoval):
        await save(database, task, one)
    assert await stored(database, task.document_id) == []
    await database.transact(blob_removals.clear, one.blob_key, "owner")
    assert len(await save(database, task, one)) == 1


async def tree(database: Database) -> tuple[ClaimedTask, list[str]]:
    """Return an archive's task and the ids of a child, another one, and its child."""
    task = await archive(database)
    inner = FoundMember("b.zip", "b.zip", "b", "zip", kit.sha256_of("b"), 5, "originals/b")
    _, second = await save(database, task, found("a.md"), inner)
    nested = await kit.must_claim(database, second)
    await save(database, nested, found("c.md"))
    ids = [one.document_id for one in await stored(database, task.document_id)]
    [leaf] = await stored(database, ids[1])
    return task, [*ids, leaf.document_id]


async def test_a_parent_is_deleted_with_all_made_of_files_in_it(database: Database) -> None:
    task, ids = await tree(database)
    await database.transact(members.request_deletion, task.document_id)
    for document_id in (task.document_id, *ids):
        document = await kit.document(database, document_id)
        assert (document.status, document.live_revision) == ("deleting", None)
    assert await database.read(families.count_descendants, task.document_id) == 3


async def test_a_child_is_deleted_alone_and_not_made_again(database: Database) -> None:
    task, ids = await tree(database)
    await database.transact(members.request_deletion, ids[0])
    assert (await kit.document(database, task.document_id)).status == "processing"
    assert await save(database, task, found("a.md")) == []
    family = await database.read(families.of_document, task.document_id)
    assert family.deleted == {ids[0]}


async def test_a_parent_is_cancelled_with_its_children_also_when_it_has_ended(
    database: Database,
) -> None:
    task, ids = await tree(database)
    await kit.commit(database, task, end())
    await database.transact(members.cancel, task.document_id)
    assert (await kit.document(database, task.document_id)).status == "completed"
    for document_id in ids:
        assert (await kit.document(database, document_id)).status == "cancelled"
    with pytest.raises(Conflict):
        await database.transact(members.cancel, task.document_id)


async def test_children_move_with_their_parent_and_not_alone(database: Database) -> None:
    task, ids = await tree(database)
    move = {"collection": "other", "title": "All"}
    with pytest.raises(Conflict, match="moves with"):
        await database.transact(members.change_details, ids[0], move)
    await database.transact(members.change_details, task.document_id, move)
    titles = set()
    for document_id in (task.document_id, *ids):
        document = await kit.document(database, document_id)
        assert document.collection == "other"
        titles.add(document.title)
    assert titles == {"All", "a.md", "b", "c.md"}
    await database.transact(members.change_details, ids[0], {"title": "Mine"})
    assert (await kit.document(database, ids[0])).title == "Mine"


async def test_a_move_that_one_child_can_not_follow_moves_none(database: Database) -> None:
    task, ids = await tree(database)
    await kit.upload(database, collection="other", sha256=kit.sha256_of("c.md"))
    with pytest.raises(Conflict):
        await database.transact(members.change_details, task.document_id, {"collection": "other"})
    for document_id in (task.document_id, *ids):
        assert (await kit.document(database, document_id)).collection == "plans"


async def test_the_family_counts_all_but_the_own_children(database: Database) -> None:
    task, ids = await tree(database)
    root = await database.read(families.of_document, task.document_id)
    assert (root.depth, root.members, root.size) == (0, 1, 3)
    inner = await database.read(families.of_document, ids[1])
    assert (inner.depth, inner.members, inner.size) == (1, 2, 8)


async def test_the_work_of_a_deleted_parent_makes_no_more_documents(database: Database) -> None:
    task = await archive(database)
    await database.transact(lifecycle.request_deletion, task.document_id)
    with pytest.raises(Exception, match="taken this task over"):
        await save(database, task, found("late.md"))
    assert await stored(database, task.document_id) == []
