"""Takes received files in: the blobs first, then one transaction for all that follows.

A file that is in its collection already is answered with the document that has it. A blob that
somebody is removing makes the upload wait, and put it again.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.gateway.dependencies import GatewayDeps
from services.gateway.idempotency import Answer, Once, recall, remember
from services.gateway.schemas import UploadedDocument
from services.gateway.uploads.fields import UploadFields
from services.gateway.uploads.file_name import title_of
from services.gateway.uploads.file_type import file_type_of
from services.gateway.uploads.temp_file import IncomingFile
from services.gateway.views import uploaded_view
from shared.blobs.base import Blobs, original_key
from shared.database.schema import Document
from shared.domain.errors import EmptyFile, PermanentError, Unavailable
from shared.domain.events import Event
from shared.http.problems import Refusal, problem_of
from shared.ledger import lifecycle
from shared.repositories import blob_removals, documents

STATUS_ADDRESS = "/api/v1/processing/status/"
# A removal takes milliseconds; if its worker died, a sweep ends it within a minute.
_PAUSES_S = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0, 1.0)


class BlobInRemoval(Exception):
    """A blob that the transaction counts on is not there for good."""


@dataclass(frozen=True)
class Offer:
    """One file that was received completely and is of a type that Quire reads."""

    file: IncomingFile
    file_type: str
    sha256: str

    @property
    def blob_key(self) -> str:
        return original_key(self.sha256)


@dataclass(frozen=True)
class Accepted:
    """The answer, and the events to publish after the commit."""

    answer: Answer
    events: Sequence[Event] = ()


def examine(files: Sequence[IncomingFile]) -> list[Offer]:
    """Blocking: finish the files on disk and look what they are. Refusal: names the file."""
    return [_examine(file) for file in files]


async def take_in(
    deps: GatewayDeps,
    offers: Sequence[Offer],
    fields: UploadFields,
    *,
    once: Once | None,
    correlation_id: str,
) -> Answer:
    """Store the files and open their work; what is answered is durable.

    Unavailable: a removal of the same bytes takes too long.
    """
    if once is not None:
        earlier = await deps.database.read(recall, once)
        if earlier is not None:
            return earlier
    for pause_s in (*_PAUSES_S, None):
        await asyncio.to_thread(_place, deps.blobs, offers)
        try:
            accepted = await deps.database.transact(
                accept, offers, fields, once, correlation_id, deps.blobs.exists
            )
        except (BlobInRemoval, IntegrityError):
            # Two at once: the other one was first, and the next look finds it.
            if pause_s is not None:
                await asyncio.sleep(pause_s)
            continue
        deps.announce(accepted.events)
        return accepted.answer
    raise Unavailable("The same file is being removed right now. Try again in a moment.")


def accept(
    session: Session,
    offers: Sequence[Offer],
    fields: UploadFields,
    once: Once | None,
    correlation_id: str,
    has_blob: Callable[[str], bool],
) -> Accepted:
    """The transaction. BlobInRemoval, IntegrityError: nothing was written, try again."""
    # In one order, or two uploads of the same files would wait for each other.
    for key in sorted({offer.blob_key for offer in offers}):
        blob_removals.lock_blob(session, key)
    if once is not None and (earlier := recall(session, once)) is not None:
        return Accepted(earlier)
    taken: list[UploadedDocument] = []
    events: list[Event] = []
    for offer in offers:
        known = documents.find_same_file(session, fields.collection, offer.sha256)
        document = known or _document(offer, fields, correlation_id)
        if known is None:
            _count_on_blob(session, offer.blob_key, has_blob)
            events += lifecycle.open_document(session, document)
        taken.append(uploaded_view(document, duplicate=known is not None))
    answer = _answer(taken, new=bool(events))
    if once is not None:
        remember(session, once, answer)
    return Accepted(answer, events)


def _document(offer: Offer, fields: UploadFields, correlation_id: str) -> Document:
    return Document(
        document_id=str(uuid.uuid4()),
        title=fields.title or title_of(offer.file.name),
        description=fields.description,
        file_name=offer.file.name,
        file_path=offer.blob_key,
        file_size=offer.file.size,
        file_type=offer.file_type,
        sha256=offer.sha256,
        collection=fields.collection,
        metadata_=fields.metadata,
        correlation_id=correlation_id,
    )


def _count_on_blob(session: Session, key: str, has_blob: Callable[[str], bool]) -> None:
    """From here on nobody starts to remove the blob; nobody may be at it, or have been."""
    if blob_removals.is_marked(session, key) or not has_blob(key):
        raise BlobInRemoval(key)


def _answer(taken: Sequence[UploadedDocument], *, new: bool) -> Answer:
    status = 202 if new else 200
    if len(taken) > 1:
        return Answer(status, {"documents": [one.model_dump(mode="json") for one in taken]})
    location = {"Location": STATUS_ADDRESS + taken[0].document_id}
    return Answer(status, taken[0].model_dump(mode="json"), location)


def _place(blobs: Blobs, offers: Sequence[Offer]) -> None:
    """Put every blob that is not there whole; the received file keeps its own name meanwhile."""
    for offer in offers:
        if not _is_whole(blobs, offer):
            aside: Path = blobs.incoming()
            offer.file.link(aside)
            blobs.put_file(offer.blob_key, aside)


def _is_whole(blobs: Blobs, offer: Offer) -> bool:
    try:
        return blobs.size(offer.blob_key) == offer.file.size
    except FileNotFoundError:
        return False


def _examine(file: IncomingFile) -> Offer:
    try:
        if not file.size:
            raise EmptyFile
        file.close()
        with file.path.open("rb") as handle:
            return Offer(file, file_type_of(file.name, handle), file.sha256)
    except PermanentError as error:
        raise Refusal(replace(problem_of(error), members={"file": file.name})) from None
