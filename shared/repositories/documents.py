"""Reads and writes documents; `shared.ledger.lifecycle` decides about their states."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.inserts import insert_new
from shared.database.schema import Document, ProcessingTask
from shared.domain.errors import Conflict
from shared.domain.status import CHUNK_TYPES, READ, UNDELETED, sources_of
from shared.domain.versions import READER_VERSION
from shared.repositories import access

_COUNTS = ("total_chunks", "indexed_chunks", "pages_recognised")
# The counts that a step adds to, and the values that it may replace.
_INCREMENTS = (*(f"{kind}_chunks" for kind in CHUNK_TYPES), *_COUNTS)
_VALUES = ("pages_read", "page_count", "pages_to_recognise", "reader_version")
_COLUMNS = Document.__table__.c
# The columns by which documents can be listed; none of them is ever NULL.
SortKey = Literal["created_at", "file_name", "file_size", "file_type", "status", "total_chunks"]
# Built once: it runs with every step, and building costs more than running.
_RECORD_WORK = (
    update(Document)
    .where(_COLUMNS.document_id == bindparam("id"), _COLUMNS.revision == bindparam("of"))
    .values(
        {
            **{
                name: _COLUMNS[name] + bindparam(f"more_{name}", type_=Integer())
                for name in _INCREMENTS
            },
            **{
                name: func.coalesce(bindparam(f"new_{name}", type_=Integer()), _COLUMNS[name])
                for name in _VALUES
            },
            # Set when reading ends, and raised by each page that is recognised after that.
            "extracted_chunks": func.coalesce(
                bindparam("new_extracted_chunks", type_=Integer()), _COLUMNS.extracted_chunks
            )
            + bindparam("more_extracted_chunks", type_=Integer()),
            "updated_at": sql.now(),
        }
    )
    .returning(
        _COLUMNS.status,
        _COLUMNS.progress,
        *(_COLUMNS[name] for name in (*_VALUES, *_COUNTS, "extracted_chunks")),
        func.coalesce(_COLUMNS.started_at, _COLUMNS.created_at).label("begun"),
        sql.now().label("now"),
    )
)
_NOTHING = {f"more_{name}": 0 for name in (*_INCREMENTS, "extracted_chunks")} | {
    f"new_{name}": None for name in (*_VALUES, "extracted_chunks")
}


# The declarative base has an attribute `metadata` of its own.
_ATTRIBUTES = {"metadata": "metadata_"}


class StoredFile(NamedTuple):
    """The original of a document: its bytes, display name, type and languages for recognition."""

    blob_key: str
    file_name: str
    file_type: str
    ocr_languages: str = ""


def create(session: Session, document: Document) -> Document:
    """Store a new document. AlreadyStored: its id is taken, or its collection has its file."""
    insert_new(session, document)
    return document


def get(session: Session, document_id: str, *, lock: bool = False) -> Document | None:
    """Return the document as it is now; `lock` holds its row until the transaction ends.

    The lock and the claims and steps of the document's tasks exclude each other: see
    `shared.ledger.tasks`.
    """
    query = select(Document).where(Document.document_id == document_id, *access.on_documents())
    if lock:
        query = query.with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def is_visible(session: Session, document_id: str) -> bool:
    """Return whether the caller may know of a document, deleted ones included."""
    query = select(Document.document_id)
    found = query.where(Document.document_id == document_id, *access.on_documents())
    return session.execute(found).first() is not None


def stored_file(session: Session, document_id: str) -> StoredFile:
    """Return the original file of an existing document."""
    columns = (
        Document.file_path,
        Document.file_name,
        Document.file_type,
        Document.ocr_languages,
    )
    row = session.execute(select(*columns).where(Document.document_id == document_id)).one()
    return StoredFile(*row)


def attributes_of(
    session: Session, document_ids: Sequence[str]
) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the file's name and the metadata of undeleted documents that the caller may read."""
    query = select(Document.document_id, Document.file_name, Document.metadata_).where(
        Document.document_id.in_(document_ids),
        Document.status.in_(UNDELETED),
        *access.on_documents(),
    )
    return {row.document_id: (row.file_name, row.metadata_) for row in session.execute(query)}


def total_chunks(session: Session, document_id: str) -> int:
    """Return the number of chunks that an existing document's revision has so far."""
    return session.execute(
        select(Document.total_chunks).where(Document.document_id == document_id)
    ).scalar_one()


def key_to_remove(session: Session, task_id: str) -> str:
    """Return the blob key of the original of a removal task's document, or an empty string.

    The document's row is cleared before the blob is removed; the task's result keeps the key.
    """
    result, current = session.execute(
        select(ProcessingTask.result_data, Document.file_path)
        .join(Document, Document.document_id == ProcessingTask.document_id)
        .where(ProcessingTask.task_id == task_id)
    ).one()
    return str(current or (result or {}).get("blob_key", ""))


def find_same_file(session: Session, collection: str, sha256: str) -> Document | None:
    """Return the undeleted document with these bytes in this collection, or None."""
    return session.scalars(
        select(Document).where(
            Document.collection == collection,
            Document.sha256 == sha256,
            Document.status.in_(UNDELETED),
        )
    ).first()


def page(
    session: Session,
    *,
    statuses: Sequence[str] = (),
    collection: str | None = None,
    file_type: str | None = None,
    parent_id: str | None = None,
    name: str | None = None,
    stale: bool = False,
    sort: SortKey = "created_at",
    ascending: bool = False,
    after: tuple[Any, str] | None = None,
    limit: int = 50,
) -> list[Document]:
    """Return documents in the order of `sort` and id, after `after` (value, id).

    Deleted ones are left out unless `statuses` has their state. `name` is a part of the title or of
    the file's name.
    """
    query = select(Document).where(
        *_listed(statuses, collection, file_type, parent_id, name, stale)
    )
    key = (_COLUMNS[sort], _COLUMNS.document_id)
    if after is not None:
        place = tuple_(*key)
        query = query.where(place > after if ascending else place < after)
    order = key if ascending else tuple(column.desc() for column in key)
    return list(session.scalars(query.order_by(*order).limit(limit)))


def count(
    session: Session,
    *,
    statuses: Sequence[str] = (),
    collection: str | None = None,
    file_type: str | None = None,
    parent_id: str | None = None,
    name: str | None = None,
    stale: bool = False,
) -> int:
    """Return the number of documents that `page` lists with the same filters."""
    listed = _listed(statuses, collection, file_type, parent_id, name, stale)
    return session.scalar(select(func.count()).select_from(Document).where(*listed)) or 0


def count_by_status(session: Session) -> dict[str, int]:
    """Return the number of documents in each state that occurs."""
    rows = session.execute(select(Document.status, func.count()).group_by(Document.status))
    return dict(rows.all())


def set_status(session: Session, /, document_id: str, status: str, **values: Any) -> bool:
    """Move a document to `status`; return False if its present state doesn't allow that."""
    moved = session.execute(
        update(Document)
        .where(Document.document_id == document_id, Document.status.in_(sources_of(status)))
        .values(status=status, updated_at=sql.now(), **values)
        .returning(Document.document_id)
        .execution_options(synchronize_session=False)
    ).first()
    return moved is not None


def set_details(session: Session, document: Document, values: Mapping[str, Any]) -> bool:
    """Store title, description, metadata or collection; return False if all are the same.

    Conflict: another document of the collection has the same file; the transaction must end.
    """
    given = {_ATTRIBUTES.get(name, name): value for name, value in values.items()}
    if all(_as_json(getattr(document, name)) == _as_json(given[name]) for name in given):
        return False
    try:
        session.execute(
            update(Document)
            .where(Document.document_id == document.document_id)
            .values(updated_at=sql.now(), **given)
            .execution_options(synchronize_session=False)
        )
    except IntegrityError as error:
        raise Conflict(
            "The collection already has a document with the same file. Delete one of them first."
        ) from error
    return True


def record_work(
    session: Session,
    document_id: str,
    revision: int,
    *,
    increments: Mapping[str, int],
    values: Mapping[str, int | None],
) -> Row[Any] | None:
    """Change the counts of a revision, by column, and return the document's changed row.

    `increments` are added to counts; `values` are stored, except None, which keeps the present one.
    The row also has `begun`, the time at which processing started, and `now`, and stays locked
    until the transaction ends. Returns None if the document has another revision by now.
    """
    given = {
        "id": document_id,
        "of": revision,
        **_NOTHING,
        **{f"more_{name}": number for name, number in increments.items()},
        **{f"new_{name}": value for name, value in values.items()},
    }
    return session.connection().execute(_RECORD_WORK, given).one_or_none()


def _as_json(value: object) -> str:
    """Return the value as text that is the same for equal values; 1 and true differ."""
    return json.dumps(value, sort_keys=True)


def _listed(
    statuses: Sequence[str],
    collection: str | None,
    file_type: str | None,
    parent_id: str | None,
    name: str | None,
    stale: bool,
) -> list[ColumnElement[bool]]:
    conditions = [Document.status.in_(statuses or UNDELETED), *access.on_documents()]
    if collection is not None:
        conditions.append(Document.collection == collection)
    if file_type is not None:
        conditions.append(Document.file_type == file_type)
    if parent_id is not None:
        conditions.append(Document.parent_id == parent_id)
    if name is not None:
        named = (Document.title, Document.file_name)
        conditions.append(or_(*(each.icontains(name, autoescape=True) for each in named)))
    if stale:
        read_by = func.coalesce(Document.reader_version, 0)
        conditions += [Document.status.in_(READ), read_by < READER_VERSION]
    return conditions


def note_unread_pages(
    session: Session, document_id: str, revision: int, reasons: dict[str, int] | None
) -> None:
    """Store the number of pages without readable text by reason, if the revision is current."""
    session.execute(
        update(Document)
        .where(_COLUMNS.document_id == document_id, _COLUMNS.revision == revision)
        .values(pages_unread=reasons)
    )
