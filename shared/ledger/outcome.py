"""Says how a document ends whose work is done: complete, or empty with the reason."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from shared.domain.file_types import BY_NAME
from shared.repositories import documents, families

NO_TEXT = (
    "No text was found in this document. If it is a scan, it needs text recognition, which this"
    " server does not have. Once its operator has installed Tesseract, process the document again."
)
NOTHING_RECOGNISED = (
    "No text was found in this document, also not by text recognition. If it is a scan in another"
    " language than the server expects, process it again with that language."
)
NO_MEMBERS = (
    "No file that can be read was found in this archive. `members_unread` lists those that it has;"
    " upload documents by themselves, or an archive of them."
)

ALL_KNOWN = (
    "This archive has no file that the collection does not have already. `members_unread` says as"
    " which documents it has them, and which files can't be read."
)


class Outcome(NamedTuple):
    """The state of a document that has ended, and a sentence for the user if it is empty."""

    status: str
    reason: str | None = None


def outcome(session: Session, document_id: str, *, chunks: int, recognised: bool) -> Outcome:
    """Return how a document ends that has so many chunks; an archive has none, but documents.

    `recognised` says whether pages of it passed text recognition.
    """
    if chunks or families.has_children(session, document_id):
        return Outcome("completed")
    kind = BY_NAME.get(documents.stored_file(session, document_id).file_type)
    if kind is not None and kind.is_archive:
        known = families.has_duplicates(session, document_id)
        return Outcome("completed_empty", ALL_KNOWN if known else NO_MEMBERS)
    return Outcome("completed_empty", NOTHING_RECOGNISED if recognised else NO_TEXT)
