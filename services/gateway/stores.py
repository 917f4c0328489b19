"""Vector stores of OpenAI's clients: collections, to which files are attached by moving them there.

A file that is in no store yet is in the caller's home collection: `default` if the caller may add
to it, else the first that it may add to. Detaching a file moves it back, and so does the removal of
its store.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.schemas.openai import AttachedFile, FileStatus, statuses_of
from shared.database.schema import CollectionRow, Document
from shared.domain.caller import Right
from shared.domain.errors import Conflict
from shared.domain.events import Event
from shared.http.problems import refusal
from shared.ledger import members
from shared.repositories import access, audit_log, collections, documents

HOME = "default"
# Documents that one removal of a store moves, because it does so in one transaction.
_MOST_MOVED = 1_000
_NO_STORE = "No vector store of this id is open to you. `GET /v1/vector_stores` lists yours."
_NOT_ALLOWED = {
    "write": "You may search this vector store, but not change its files.",
    "manage": "You may not remove or change this vector store. Ask its owner.",
}
_NO_HOME = "You may add files to no collection. Ask an administrator for the right to write."
_NOT_HERE = "This vector store has no file of this id."
_ATTACHED = (
    "The file is in the vector store `{store}`, and a file has one store. Remove it from there"
    " first."
)
_IS_HOME = (
    "Files that are in no vector store are in this one. Delete the file, or attach it to another"
    " store."
)
_TOO_MANY = f"A store of more than {_MOST_MOVED:,} files can't be removed. Delete files first."


def find(session: Session, store: str, right: Right = "read") -> CollectionRow:
    """Return a store. Refusal: 404, or 403 if the caller may read it, but no more."""
    found = collections.get(session, store)
    if found is None:
        raise refusal(404, "not_found", _NO_STORE)
    if not access.has_right(session, store, right):
        raise refusal(403, "forbidden", _NOT_ALLOWED[right])
    return found


def home(session: Session) -> str:
    """Return the collection of the caller's files that are in no store. Refusal: 403, none."""
    if access.has_right(session, HOME, "write"):
        return HOME
    writable = access.collections_of(session, "write")
    if not writable:
        raise refusal(403, "forbidden", _NO_HOME)
    return writable[0]


def create(session: Session, name: str | None) -> str:
    """Store a collection with a name made of this one, and return it; a taken one gets a suffix."""
    base = re.sub(r"[^a-z0-9_-]++", "-", (name or "").lower()).strip("-_")[:100] or "store"
    store = base
    while not collections.ensure(session, store):
        store = f"{base}-{uuid.uuid4().hex[:8]}"
    audit_log.record(session, "collection.create", store)
    return store


def file_of(session: Session, store: str, file_id: str, right: Right = "read") -> Document:
    """Return a file of a store. Refusal: 403, 404, 410."""
    find(session, store, right)
    found = queries.document(session, file_id, right)
    if found.collection != store:
        raise refusal(404, "not_found", _NOT_HERE)
    return found


def files_of(
    session: Session,
    store: str | None,
    *,
    after: str | None,
    limit: int,
    ascending: bool,
    status: FileStatus | None = None,
) -> list[Document]:
    """Return files by their age, after the file `after`: of a store, or all. Refusal: 404."""
    if store is not None:
        find(session, store)
    place = None
    if after is not None:
        last = documents.get(session, after)
        if last is None:
            raise queries.no_document()
        place = (last.created_at, last.document_id)
    return documents.page(
        session,
        collection=store,
        statuses=statuses_of(status) if status else [],
        ascending=ascending,
        after=place,
        limit=limit,
    )


def attach(session: Session, store: str, files: Sequence[AttachedFile]) -> list[Event]:
    """Move files from the caller's home collection to a store, with their attributes.

    Refusal: 403, 404, 410. Conflict: a file is in another store, or the store has the same one.
    """
    find(session, store, "write")
    events: list[Event] = []
    for file in files:
        file_id = str(file.file_id)
        values: dict[str, Any] = {}
        if file.attributes is not None:
            values["metadata"] = file.attributes
        now = queries.document(session, file_id, "write").collection
        if now != store:
            if now != home(session):
                raise Conflict(_ATTACHED.format(store=now))
            values["collection"] = store
        events += _change(session, file_id, values)
    return events


def set_attributes(
    session: Session, store: str, file_id: str, attributes: Mapping[str, Any]
) -> list[Event]:
    """Replace the metadata of a file of a store. Refusal: 403, 404, 410."""
    file_of(session, store, file_id, "write")
    return _change(session, file_id, {"metadata": attributes})


def detach(session: Session, store: str, file_id: str) -> list[Event]:
    """Move a file of a store to the caller's home collection. Refusal: 403, 404, 410.

    Conflict: the store is that collection, or that collection has the same file.
    """
    file_of(session, store, file_id, "write")
    to = home(session)
    if to == store:
        raise Conflict(_IS_HOME)
    return _change(session, file_id, {"collection": to})


def remove(session: Session, store: str) -> list[Event]:
    """Remove a store, and move its files to the caller's home collection. Refusal: 403, 404.

    Conflict: as for `detach`, or the store has too many files.
    """
    find(session, store, "manage")
    if store == HOME:
        raise Conflict(_IS_HOME)
    collections.lock(session, store)
    files = documents.page(session, collection=store, limit=_MOST_MOVED + 1)
    if len(files) > _MOST_MOVED:
        raise Conflict(_TOO_MANY)
    events: list[Event] = []
    for file in files:
        # Those made of files in another one move with it.
        if file.parent_id is None:
            events += detach(session, store, file.document_id)
    collections.remove(session, store)
    audit_log.record(session, "collection.delete", store, documents=len(files))
    return events


def _change(session: Session, file_id: str, values: Mapping[str, Any]) -> list[Event]:
    """Change a document; its caller has checked the rights on it and on its new collection."""
    if not values:
        return []
    if "collection" in values:
        collections.hold(session, values["collection"])
    with access.as_system():
        events = members.change_details(session, file_id, values)
    audit_log.record(session, "document.change", file_id, fields=sorted(values))
    return events
