"""/v1/vector_stores/{id}/files: attaches files to a store, and shows how far they are."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from services.gateway import queries, stores
from services.gateway.dependencies import Deps
from services.gateway.responses import json_response, problems
from services.gateway.routes.openai_files import After, Limit, Order
from services.gateway.routes.vector_stores import ONE_STORE, UNKNOWN_STORE
from services.gateway.schemas.base import Collection
from services.gateway.schemas.openai import (
    AttachedFile,
    AttributesChange,
    Deleted,
    FileContent,
    FileStatus,
    Listed,
    StoreFile,
    TextContent,
)
from shared.domain.events import Event
from shared.http import cursors
from shared.http.app import StrictRoute

router = APIRouter(tags=["openai"], route_class=StrictRoute)

_FILES = f"{ONE_STORE}/files"
_ONE = f"{_FILES}/{{file_id:uuid}}"
ATTACHING = {
    **UNKNOWN_STORE,
    **problems(
        status_409="The file is in another store, or the store has the same file",
        status_410="The file was deleted",
    ),
}
_UNKNOWN = {**UNKNOWN_STORE, **problems(status_410="The file was deleted")}
_MOST_CHUNKS = 1_000
# Milliseconds after which a client that waits for the end of the work asks again.
POLL = {"openai-poll-after-ms": "500"}


@router.post(_FILES, response_model=StoreFile, responses=ATTACHING, summary="Attach a file")
async def attach_file(vector_store_id: Collection, given: AttachedFile, deps: Deps) -> Response:
    """Move a file that is in no store to this one."""
    view, events = await deps.database.transact(_attach, vector_store_id, given)
    deps.announce(events)
    return json_response(view)


@router.get(
    _FILES, response_model=Listed[StoreFile], responses=UNKNOWN_STORE, summary="List attached files"
)
async def list_attached(
    vector_store_id: Collection,
    deps: Deps,
    filter: FileStatus | None = None,
    after: After = None,
    limit: Limit = 20,
    order: Order = "desc",
) -> Response:
    found = await deps.database.read(
        _files, vector_store_id, filter, str(after) if after else None, limit, order == "asc"
    )
    return json_response(Listed[StoreFile].of(found, limit))


@router.get(_ONE, response_model=StoreFile, responses=_UNKNOWN, summary="Show an attached file")
async def get_attached(vector_store_id: Collection, file_id: UUID, deps: Deps) -> Response:
    response = json_response(await deps.database.read(_view, vector_store_id, str(file_id)))
    response.headers.update(POLL)
    return response


@router.post(
    _ONE,
    response_model=StoreFile,
    responses=_UNKNOWN,
    summary="Change an attached file's attributes",
)
async def change_attributes(
    vector_store_id: Collection, file_id: UUID, change: AttributesChange, deps: Deps
) -> Response:
    view, events = await deps.database.transact(
        _set_attributes, vector_store_id, str(file_id), change
    )
    deps.announce(events)
    return json_response(view)


@router.delete(
    _ONE,
    response_model=Deleted,
    responses=ATTACHING,
    summary="Detach a file; it stays, without a store",
)
async def detach_file(vector_store_id: Collection, file_id: UUID, deps: Deps) -> Response:
    events = await deps.database.transact(stores.detach, vector_store_id, str(file_id))
    deps.announce(events)
    return json_response(Deleted(id=str(file_id), object="vector_store.file.deleted"))


@router.get(
    f"{_ONE}/content",
    response_model=FileContent,
    responses=_UNKNOWN,
    summary="Show what was read of an attached file",
)
async def get_text(
    vector_store_id: Collection,
    file_id: UUID,
    deps: Deps,
    page: Annotated[str | None, Query(max_length=cursors.MAX_LENGTH)] = None,
) -> Response:
    return json_response(await deps.database.read(_content, vector_store_id, str(file_id), page))


def _attach(session: Session, store: str, given: AttachedFile) -> tuple[StoreFile, list[Event]]:
    events = stores.attach(session, store, [given])
    return _view(session, store, str(given.file_id)), events


def _set_attributes(
    session: Session, store: str, file_id: str, change: AttributesChange
) -> tuple[StoreFile, list[Event]]:
    events = stores.set_attributes(session, store, file_id, change.attributes)
    return _view(session, store, file_id), events


def _view(session: Session, store: str, file_id: str) -> StoreFile:
    return StoreFile.of(stores.file_of(session, store, file_id))


def _files(
    session: Session,
    store: str,
    status: FileStatus | None,
    after: str | None,
    limit: int,
    ascending: bool,
) -> list[StoreFile]:
    rows = stores.files_of(
        session, store, after=after, limit=limit + 1, ascending=ascending, status=status
    )
    return [StoreFile.of(row) for row in rows]


def _content(session: Session, store: str, file_id: str, page: str | None) -> FileContent:
    stores.file_of(session, store, file_id)
    found = queries.chunk_page(session, file_id, cursor=page, limit=_MOST_CHUNKS)
    return FileContent(
        data=[TextContent(text=chunk.content) for chunk in found.chunks],
        has_more=found.next_cursor is not None,
        next_page=found.next_cursor,
    )
