"""Stores uploaded files: first their blobs, then document and task in one transaction.

`checks.py` tells which files are stored. If the collection already has a file, the response is the
document that has it. The transaction does not wait for the blob store; `store_upload` says why no
accepted blob is lost to a removal.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.dependencies import GatewayDeps
from services.gateway.idempotency import (
    IdempotencyKey,
    StoredResponse,
    load_response,
    save_response,
)
from services.gateway.schemas.documents import RefusedFile, UploadedDocument, UploadedDocuments
from services.gateway.uploads.fields import UploadFields
from services.gateway.uploads.temp_file import TempFile
from shared.blobs.base import Blobs, original_key
from shared.database.schema import Document
from shared.domain.caller import FIRST_ADMINISTRATOR
from shared.domain.errors import AlreadyStored
from shared.domain.events import Event
from shared.files.file_name import title_of
from shared.ledger import lifecycle, members
from shared.repositories import access, audit_log, blob_removals, collections, documents
from shared.repositories.blob_removals import BlobInRemoval

STATUS_ADDRESS = "/api/v1/processing/status/"
# Seconds. A removal takes milliseconds; the mark of one whose process died expires in 5 minutes.
_PAUSES_S = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class UploadedFile:
    """A completely received file of a supported type."""

    temp: TempFile
    file_type: str
    sha256: str

    @property
    def blob_key(self) -> str:
        return original_key(self.sha256)


@dataclass(frozen=True)
class UploadResult:
    """The response, and the events to publish after the commit."""

    response: StoredResponse
    events: Sequence[Event] = ()


async def store_upload(
    deps: GatewayDeps,
    files: Sequence[UploadedFile],
    fields: UploadFields,
    *,
    key: IdempotencyKey | None,
    correlation_id: str,
    refused: Sequence[RefusedFile] = (),
) -> UploadResult:
    """Store the files and open their tasks; return when both are durable.

    Unavailable: a removal of the same bytes does not end.

    The blobs are checked again after the commit, because a removal may have ended between the first
    check and the commit: see `shared.repositories.blob_removals`. If the process dies before that,
    no response was sent, and the repeated request stores the blob again.
    """
    if key is not None:
        earlier, referenced = await deps.database.read(
            _earlier_response, key, files, fields.collection
        )
        if earlier is not None:
            await asyncio.to_thread(_put_missing, deps.blobs, referenced)
            return UploadResult(earlier)

    async def attempt() -> UploadResult:
        await asyncio.to_thread(_put_missing, deps.blobs, files)
        result = await deps.database.transact(
            write_upload, files, fields, key, correlation_id, refused
        )
        await asyncio.to_thread(_put_missing, deps.blobs, files)
        return result

    for pause_s in _PAUSES_S:
        try:
            return await attempt()
        except (BlobInRemoval, AlreadyStored):
            # AlreadyStored: another request stored the same first; the next attempt finds it.
            await asyncio.sleep(pause_s)
    return await attempt()


def write_upload(
    session: Session,
    files: Sequence[UploadedFile],
    fields: UploadFields,
    key: IdempotencyKey | None,
    correlation_id: str,
    refused: Sequence[RefusedFile] = (),
) -> UploadResult:
    """Write documents and tasks in one transaction, or find those that exist.

    The collection is stored too. Refusal: 404, the caller may not add to it.
    BlobInRemoval, AlreadyStored: nothing was written; try again.
    """
    queries.require_collection(session, fields.collection)
    with access.as_system():
        result = _write_upload(session, files, fields, key, correlation_id, refused)
        if result.events:
            collections.hold(session, fields.collection)
    return result


def _write_upload(
    session: Session,
    files: Sequence[UploadedFile],
    fields: UploadFields,
    key: IdempotencyKey | None,
    correlation_id: str,
    refused: Sequence[RefusedFile],
) -> UploadResult:
    # In sorted order, because two uploads of the same files would deadlock in any other.
    for blob_key in sorted({file.blob_key for file in files}):
        blob_removals.lock_blob(session, blob_key)
    if key is not None and (earlier := load_response(session, key)) is not None:
        return UploadResult(earlier)
    stored: list[UploadedDocument] = []
    events: list[Event] = []
    announced: list[Event] = []
    for file in files:
        known = documents.find_same_file(session, fields.collection, file.sha256)
        document = known or _document(file, fields, correlation_id)
        if known is None:
            if blob_removals.is_marked(session, file.blob_key):
                raise BlobInRemoval
            events += lifecycle.create_document(session, document)
            audit_log.record(session, "document.upload", document.document_id)
        elif document.parent_id is not None:
            announced += members.stand_alone(session, document.document_id)
        stored.append(UploadedDocument.sent(document, is_duplicate=known is not None))
    response = _response(stored, refused, new=bool(events))
    if key is not None:
        save_response(session, key, response)
    return UploadResult(response, [*events, *announced])


def _earlier_response(
    session: Session, key: IdempotencyKey, files: Sequence[UploadedFile], collection: str
) -> tuple[StoredResponse | None, list[UploadedFile]]:
    """Return the response stored under `key`, and the files whose blobs a document refers to."""
    queries.require_collection(session, collection)
    response = load_response(session, key)
    if response is None:
        return None, []
    with access.as_system():
        stored = [one for one in files if blob_removals.is_referenced(session, one.blob_key)]
    return response, stored


def _document(file: UploadedFile, fields: UploadFields, correlation_id: str) -> Document:
    caller = access.acting()
    return Document(
        document_id=str(uuid.uuid4()),
        title=fields.title or title_of(file.temp.name),
        description=fields.description,
        file_name=file.temp.name,
        file_path=file.blob_key,
        file_size=file.temp.size,
        file_type=file.file_type,
        sha256=file.sha256,
        collection=fields.collection,
        owner_id=caller.principal_id if caller else FIRST_ADMINISTRATOR,
        metadata_=fields.metadata,
        ocr_languages=fields.ocr_languages,
        correlation_id=correlation_id,
    )


def _response(
    stored: Sequence[UploadedDocument], refused: Sequence[RefusedFile], *, new: bool
) -> StoredResponse:
    status = 202 if new else 200
    if len(stored) > 1 or refused:
        several = UploadedDocuments(documents=list(stored), refused=list(refused))
        return StoredResponse(status, several.model_dump(mode="json"))
    location = {"Location": STATUS_ADDRESS + stored[0].document_id}
    return StoredResponse(status, stored[0].model_dump(mode="json"), location)


def _put_missing(blobs: Blobs, files: Sequence[UploadedFile]) -> None:
    """Store each blob that is missing or incomplete; the temporary file stays for a retry."""
    for file in files:
        if not _is_whole(blobs, file):
            second_name = blobs.incoming()
            file.temp.link(second_name)
            try:
                blobs.put_file(file.blob_key, second_name)
            finally:
                # Left by a failure, such as a full disk, whose space it would keep.
                second_name.unlink(missing_ok=True)


def _is_whole(blobs: Blobs, file: UploadedFile) -> bool:
    try:
        return blobs.size(file.blob_key) == file.temp.size
    except FileNotFoundError:
        return False
