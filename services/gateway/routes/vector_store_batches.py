"""/v1/vector_stores/{id}/file_batches: attaches several files with one request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from sqlalchemy.orm import Session

from services.gateway import stores
from services.gateway.batch_ids import batch_id_of, read_batch_id
from services.gateway.dependencies import Deps
from services.gateway.responses import json_response
from services.gateway.routes.processing import cancel_work
from services.gateway.routes.vector_store_files import ATTACHING, POLL
from services.gateway.routes.vector_stores import ONE_STORE, UNKNOWN_STORE
from services.gateway.schemas.base import Collection
from services.gateway.schemas.openai import (
    MAX_FILES,
    FileBatch,
    FileCounts,
    FileStatus,
    Listed,
    NewBatch,
    StoreFile,
    status_of,
)
from shared.database.schema import Document
from shared.domain.events import Event
from shared.http.app import StrictRoute
from shared.http.problems import Refusal, refusal

router = APIRouter(tags=["openai"], route_class=StrictRoute)

_BATCHES = f"{ONE_STORE}/file_batches"
_ONE = f"{_BATCHES}/{{batch_id}}"
_NO_BATCH = "No batch has this id."
_NO_FILES = "Send `file_ids` or `files`, with at least one file."
# Characters of an id of as many files as a batch may have, with room.
BatchId = Annotated[str, Path(max_length=30 * MAX_FILES)]


@router.post(_BATCHES, response_model=FileBatch, responses=ATTACHING, summary="Attach files")
async def attach_files(vector_store_id: Collection, given: NewBatch, deps: Deps) -> Response:
    """Attach all files, or none."""
    if not given.attached():
        raise refusal(422, "invalid_request", _NO_FILES)
    view, events = await deps.database.transact(_attach, vector_store_id, given)
    deps.announce(events)
    return json_response(view)


@router.get(_ONE, response_model=FileBatch, responses=UNKNOWN_STORE, summary="Show a batch")
async def get_batch(vector_store_id: Collection, batch_id: BatchId, deps: Deps) -> Response:
    response = json_response(await deps.database.read(_view, vector_store_id, batch_id))
    response.headers.update(POLL)
    return response


@router.post(
    f"{_ONE}/cancel", response_model=FileBatch, responses=UNKNOWN_STORE, summary="Cancel a batch"
)
async def cancel_batch(vector_store_id: Collection, batch_id: BatchId, deps: Deps) -> Response:
    """Cancel the work on those of its files that are still being read."""
    view, events = await deps.database.transact(_cancel, vector_store_id, batch_id)
    deps.announce(events)
    return json_response(view)


@router.get(
    f"{_ONE}/files",
    response_model=Listed[StoreFile],
    responses=UNKNOWN_STORE,
    summary="List a batch's files",
)
async def list_batch(
    vector_store_id: Collection, batch_id: BatchId, deps: Deps, filter: FileStatus | None = None
) -> Response:
    """List all files of the batch that are still in the store."""
    files = await deps.database.read(_listed, vector_store_id, batch_id, filter)
    return json_response(Listed[StoreFile].of(files, MAX_FILES))


def _attach(session: Session, store: str, given: NewBatch) -> tuple[FileBatch, list[Event]]:
    attached = given.attached()
    events = stores.attach(session, store, attached)
    return _view(session, store, batch_id_of([each.file_id for each in attached])), events


def _cancel(session: Session, store: str, batch_id: str) -> tuple[FileBatch, list[Event]]:
    stores.find(session, store, "write")
    events: list[Event] = []
    for row in _files(session, store, batch_id):
        if status_of(row.status) == "in_progress":
            events += cancel_work(session, row.document_id)
    return _view(session, store, batch_id), events


def _view(session: Session, store: str, batch_id: str) -> FileBatch:
    created_at, _ = _read(batch_id)
    counts = FileCounts.of(Counter(row.status for row in _files(session, store, batch_id)))
    return FileBatch(
        id=batch_id,
        created_at=created_at,
        vector_store_id=store,
        status=_status(counts),
        file_counts=counts,
    )


def _status(counts: FileCounts) -> Literal["in_progress", "completed", "cancelled", "failed"]:
    if counts.in_progress:
        return "in_progress"
    if counts.cancelled:
        return "cancelled"
    return "failed" if counts.failed == counts.total else "completed"


def _listed(
    session: Session, store: str, batch_id: str, status: FileStatus | None
) -> list[StoreFile]:
    found = [StoreFile.of(row) for row in _files(session, store, batch_id)]
    return [each for each in found if status in (None, each.status)]


def _files(session: Session, store: str, batch_id: str) -> Sequence[Document]:
    """Return the files of a batch that are in the store now. Refusal: 404, there is none."""
    stores.find(session, store)
    found = []
    for file_id in _read(batch_id)[1]:
        try:
            found.append(stores.file_of(session, store, file_id))
        except Refusal as refused:
            # Deleted, or detached, since.
            if refused.problem.status not in (404, 410):
                raise
    if not found:
        raise refusal(404, "not_found", _NO_BATCH)
    return found


def _read(batch_id: str) -> tuple[int, list[str]]:
    found = read_batch_id(batch_id)
    if found is None or len(found[1]) > MAX_FILES:
        raise refusal(404, "not_found", _NO_BATCH)
    return found
