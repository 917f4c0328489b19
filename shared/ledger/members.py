"""Makes documents of the files in a document, and applies to them what is done to their parent.

A child's id is made from its parent, its path and its bytes, so an attempt that is repeated makes
no second one, and one that was deleted is not made again. It belongs where its parent belongs.

Changes go from parent to child, and a parent is locked before its children are looked up: a child
that is made at the same moment is either seen, or refused with the step that makes it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shared.database.schema import Document
from shared.domain import events
from shared.domain.errors import AlreadyStored, Conflict
from shared.domain.status import FINISHED, READ, UNDELETED, WORKING
from shared.ledger import lifecycle
from shared.ledger.steps import ClaimedTask, Written
from shared.repositories import blob_removals, documents, families
from shared.repositories.events import record

_NAMESPACE = uuid.UUID("8f0d2f7e-3c52-4f0e-9d5c-6f5f1d2b7a41")
# Refused members that are listed; the others are only counted.
SHOWN = 100
_DUPLICATE = "The collection already has this file."
_BELONGS = "This document is a file of another one, and moves with that."
_NOT_WORKING = "Only a document that is being processed can be cancelled."


@dataclass(frozen=True)
class FoundMember:
    """A file in a document: its path there, its clean name, and its stored bytes."""

    path: str
    file_name: str
    title: str
    file_type: str
    sha256: str
    size: int
    blob_key: str


@dataclass(frozen=True)
class RefusedMember:
    """A file in a document that becomes none, with a stable code and a sentence."""

    path: str
    code: str
    message: str


def child_id_for(parent_id: str, path: str, sha256: str) -> str:
    """Return the id (UUID 5) of the document that is made of a file in another one."""
    return str(uuid.uuid5(_NAMESPACE, f"{parent_id}/{sha256}/{path}"))


@dataclass(frozen=True)
class SaveMember:
    """Makes a document of a file in the task's document, whose blob is stored."""

    member: FoundMember

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        """Open the reading of the new document, unless it or its file is known.

        BlobInRemoval, AlreadyStored: nothing was written; try again.
        """
        member, parent = self.member, documents.get(session, task.document_id)
        assert parent is not None
        blob_removals.lock_blob(session, member.blob_key)
        child_id = child_id_for(parent.document_id, member.path, member.sha256)
        if families.known_of(session, [child_id]):
            return Written()
        if documents.find_same_file(session, parent.collection, member.sha256):
            return Written()
        if blob_removals.is_marked(session, member.blob_key):
            raise blob_removals.BlobInRemoval
        child = Document(
            document_id=child_id,
            parent_id=parent.document_id,
            member_path=member.path,
            title=member.title,
            file_name=member.file_name,
            file_path=member.blob_key,
            file_size=member.size,
            file_type=member.file_type,
            sha256=member.sha256,
            collection=parent.collection,
            owner_id=parent.owner_id,
            metadata_=dict(parent.metadata_),
            ocr_languages=parent.ocr_languages,
            correlation_id=task.correlation_id,
        )
        return Written(announced=lifecycle.create_document(session, child))


@dataclass(frozen=True)
class EndMembers:
    """Stores which files of the task's document became no documents: refused ones and duplicates.

    A duplicate is one whose file the collection already has, as another document.
    """

    found: Sequence[FoundMember]
    refused: Sequence[RefusedMember]

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        unread = [
            {"path": one.path, "code": one.code, "message": one.message} for one in self.refused
        ]
        unread += self._duplicates(session, task)
        noted = {"count": len(unread), "members": unread[:SHOWN]} if unread else None
        families.note_unread(session, task.document_id, task.revision, noted)
        return Written()

    def _duplicates(self, session: Session, task: ClaimedTask) -> list[dict[str, str]]:
        parent = documents.get(session, task.document_id)
        assert parent is not None
        ids = [child_id_for(task.document_id, one.path, one.sha256) for one in self.found]
        known = families.known_of(session, ids)
        duplicates = []
        for child_id, one in zip(ids, self.found, strict=True):
            if child_id in known:
                continue
            told = {"path": one.path, "code": families.DUPLICATE, "message": _DUPLICATE}
            if same := documents.find_same_file(session, parent.collection, one.sha256):
                told["document_id"] = same.document_id
            duplicates.append(told)
        return duplicates


def request_deletion(session: Session, document_id: str) -> list[events.Event]:
    """Hide a document and all made of files in it, and open their removal.

    Conflict: the document is deleted already.
    """
    removed = lifecycle.request_deletion(session, document_id)
    return [*removed, *_of_children(session, document_id, request_deletion)]


def cancel(session: Session, document_id: str) -> list[events.Event]:
    """Stop the work on a document and on all made of files in it. Conflict: there is none."""
    document = documents.get(session, document_id, lock=True)
    is_working = document is not None and document.status in WORKING
    stopped = lifecycle.cancel(session, document_id) if is_working else []
    stopped += _of_children(session, document_id, cancel)
    if not stopped:
        raise Conflict(_NOT_WORKING)
    return stopped


def reprocess(
    session: Session, document_id: str, correlation_id: str, *, ocr_languages: str | None = None
) -> list[events.Event]:
    """Read a document again, and those made of files in it whose work failed or was cancelled.

    Conflict: the document is not finished.
    """
    opened = lifecycle.reprocess(session, document_id, correlation_id, ocr_languages=ocr_languages)
    for child_id in families.children(session, document_id):
        child = documents.get(session, child_id, lock=True)
        if child is not None and child.status in FINISHED - READ:
            opened += reprocess(session, child_id, correlation_id, ocr_languages=ocr_languages)
    return opened


def stand_alone(session: Session, document_id: str) -> list[events.Event]:
    """Part a document from the one that it is a file of: somebody uploaded it by itself.

    It is no longer moved and deleted with that one. AlreadyStored: it was deleted meanwhile.
    """
    document = documents.get(session, document_id, lock=True)
    if document is None or document.status not in UNDELETED:
        raise AlreadyStored
    if document.parent_id is None:
        return []
    families.stand_alone(session, document_id)
    changed = events.DocumentChanged(
        document_id=document_id,
        revision=document.revision,
        correlation_id=document.correlation_id,
    )
    return [*record(session, [changed])]


def change_details(
    session: Session, document_id: str, values: Mapping[str, Any]
) -> list[events.Event]:
    """Change a document's details; all made of files in it follow to its collection.

    Conflict: the document is deleted, its collection is that of its parent, or the collection
    already has one of the files.
    """
    document = documents.get(session, document_id, lock=True)
    if document is None or values.get("collection") in (None, document.collection):
        return lifecycle.change_details(session, document_id, values)
    if document.parent_id is not None:
        raise Conflict(_BELONGS)
    return _move(session, document_id, values)


def _move(session: Session, document_id: str, values: Mapping[str, Any]) -> list[events.Event]:
    changed = lifecycle.change_details(session, document_id, values)
    only = {"collection": values["collection"]}
    for child_id in families.children(session, document_id):
        changed += _move(session, child_id, only)
    return changed


def _of_children(
    session: Session, document_id: str, change: Callable[[Session, str], list[events.Event]]
) -> list[events.Event]:
    """Return the events of a change to each child; one whose state does not allow it stays."""
    found: list[events.Event] = []
    for child_id in families.children(session, document_id):
        try:
            found += change(session, child_id)
        except Conflict:
            continue
    return found
