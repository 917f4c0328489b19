"""/api/v1/documents: lists, shows, changes and deletes documents; lists chunks and tasks."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.dependencies import Deps
from services.gateway.responses import json_response, problems
from services.gateway.schemas.audit import Receipt
from services.gateway.schemas.base import MAX_TITLE, Collection
from services.gateway.schemas.chunks import ChunkPage, ChunkView
from services.gateway.schemas.documents import DocumentChange, DocumentPage, DocumentView
from services.gateway.schemas.tasks import TaskList
from services.gateway.schemas.unread_pages import UnreadPageList
from services.gateway.uploads.store import STATUS_ADDRESS
from shared.domain.events import Event
from shared.domain.status import VisibleStatus
from shared.http import cursors
from shared.http.app import StrictRoute
from shared.ledger import members
from shared.repositories import access, audit_log, collections, documents
from shared.repositories.documents import SortKey

router = APIRouter(tags=["documents"], route_class=StrictRoute)

ONE = "/api/v1/documents/{document_id:uuid}"
UNKNOWN = problems(status_404="The document does not exist", status_410="The document was deleted")
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=256)]


@router.get("/api/v1/documents", response_model=DocumentPage, summary="List documents")
async def list_documents(
    deps: Deps,
    status: VisibleStatus | None = None,
    collection: Annotated[Collection | None, Query()] = None,
    file_type: Annotated[str | None, Query(max_length=16, pattern=r"^[a-z0-9]+$")] = None,
    parent_id: Annotated[
        UUID | None, Query(description="Only documents made of files in this document")
    ] = None,
    name: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=MAX_TITLE,
            pattern=r"^[^\x00]+$",
            description="A part of the title or of the file's name, in any case",
        ),
    ] = None,
    stale: Annotated[
        bool, Query(description="Only documents that an older version of the readers read")
    ] = False,
    sort: SortKey = "created_at",
    order: Literal["asc", "desc"] = "desc",
    cursor: Annotated[str | None, Query(max_length=cursors.MAX_LENGTH)] = None,
    limit: Limit = 50,
) -> Response:
    """List documents in an order, newest first by default; a cursor continues in the same order."""
    page = await deps.database.read(
        queries.document_page,
        status=status,
        collection=collection,
        file_type=file_type,
        parent_id=str(parent_id) if parent_id else None,
        name=name,
        stale=stale,
        sort=sort,
        ascending=order == "asc",
        cursor=cursor,
        limit=limit,
    )
    return json_response(page)


@router.get(ONE, response_model=DocumentView, responses=UNKNOWN, summary="Show a document")
async def get_document(document_id: UUID, deps: Deps) -> Response:
    found = await deps.database.read(queries.document, str(document_id))
    return json_response(DocumentView.from_row(found))


@router.patch(
    ONE,
    response_model=DocumentView,
    responses={
        **UNKNOWN,
        **problems(
            status_409="The collection already has the same file, or it is that of its parent"
        ),
    },
    summary="Change title, description, metadata or collection",
)
async def change_document(document_id: UUID, change: DocumentChange, deps: Deps) -> Response:
    view, events = await deps.database.transact(_change, str(document_id), change.changes())
    deps.announce(events)
    return json_response(view)


@router.delete(
    ONE,
    status_code=202,
    response_model=DocumentView,
    responses=UNKNOWN,
    summary="Delete a document and those made of files in it: no search finds them from now on",
)
async def delete_document(document_id: UUID, deps: Deps) -> Response:
    view, events = await deps.database.transact(remove, str(document_id))
    deps.announce(events)
    response = json_response(view, 202)
    response.headers["Location"] = f"{STATUS_ADDRESS}{document_id}"
    return response


@router.get(
    f"{ONE}/receipt",
    response_model=Receipt,
    responses=problems(
        status_404="The document does not exist", status_409="The document is not deleted"
    ),
    summary="Show the receipt of a document's deletion",
)
async def get_receipt(document_id: UUID, deps: Deps) -> Response:
    return json_response(await deps.database.read(queries.receipt, str(document_id)))


@router.get(
    f"{ONE}/chunks",
    response_model=ChunkPage,
    responses=UNKNOWN,
    summary="List a document's chunks",
)
async def list_chunks(
    document_id: UUID,
    deps: Deps,
    cursor: Cursor = None,
    limit: Limit = 50,
    sentences: bool = False,
) -> Response:
    page = await deps.database.read(
        queries.chunk_page, str(document_id), cursor=cursor, limit=limit, sentences=sentences
    )
    return json_response(page)


@router.get(
    f"{ONE}/chunks/{{chunk_id:uuid}}",
    response_model=ChunkView,
    responses=UNKNOWN,
    summary="Show a chunk with its sentences",
)
async def get_chunk(document_id: UUID, chunk_id: UUID, deps: Deps) -> Response:
    return json_response(await deps.database.read(queries.chunk, str(document_id), str(chunk_id)))


@router.get(
    f"{ONE}/unread-pages",
    response_model=UnreadPageList,
    responses=UNKNOWN,
    summary="List pages that a parser could not read, and what text recognition made of them",
)
async def list_unread_pages(document_id: UUID, deps: Deps) -> Response:
    return json_response(await deps.database.read(queries.unread_page_list, str(document_id)))


@router.get(
    f"{ONE}/tasks", response_model=TaskList, responses=UNKNOWN, summary="List a document's tasks"
)
async def list_tasks(document_id: UUID, deps: Deps) -> Response:
    return json_response(await deps.database.read(queries.task_list, str(document_id)))


def _change(
    session: Session, document_id: str, values: dict[str, Any]
) -> tuple[DocumentView, list[Event]]:
    before = queries.document(session, document_id, "write").collection
    if (collection := values.get("collection", before)) != before:
        queries.require_collection(session, collection)
        collections.hold(session, collection)
    with access.as_system():
        events = members.change_details(session, document_id, values)
    audit_log.record(session, "document.change", document_id, fields=sorted(values))
    return DocumentView.from_row(queries.document(session, document_id)), events


def remove(session: Session, document_id: str) -> tuple[DocumentView, list[Event]]:
    """Hide a document and open its removal; return what it is then. Refusal: 403, 404, 410."""
    queries.document(session, document_id, "write")
    with access.as_system():
        events = members.request_deletion(session, document_id)
    audit_log.record(session, "document.delete", document_id)
    deleted = documents.get(session, document_id)
    assert deleted is not None
    return DocumentView.from_row(deleted), events
