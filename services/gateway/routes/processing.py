"""Shows the progress of the work on a document, repeats it or cancels it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.dependencies import Deps
from services.gateway.idempotency import (
    IdempotencyKey,
    StoredResponse,
    idempotency_key,
    load_response,
    save_response,
)
from services.gateway.responses import IDEMPOTENT, json_response, problems, stored_response
from services.gateway.routes.documents import ONE, UNKNOWN
from services.gateway.schemas.base import OcrLanguages
from services.gateway.schemas.documents import DocumentView
from services.gateway.schemas.status import ProcessingStatus
from services.gateway.schemas.tasks import TaskList
from services.gateway.uploads.store import STATUS_ADDRESS
from shared.domain.events import Event
from shared.http.app import StrictRoute
from shared.http.middleware import correlation_id
from shared.ledger import members
from shared.repositories import access, audit_log, documents

router = APIRouter(tags=["processing"], route_class=StrictRoute)

_REFUSALS = {**UNKNOWN, **problems(status_409="The document's state does not allow this")}


@router.get(
    STATUS_ADDRESS + "{document_id:uuid}",
    response_model=ProcessingStatus,
    responses=problems(status_404="The document does not exist"),
    summary="Show the progress of a document",
)
async def get_status(document_id: UUID, deps: Deps) -> Response:
    return json_response(await deps.database.read(queries.processing_status, str(document_id)))


@router.get(
    "/api/v1/processing/tasks",
    response_model=TaskList,
    responses=problems(status_404="The task does not exist"),
    summary="Find the task that a Celery message was sent for",
)
async def find_task(
    deps: Deps,
    celery_task_id: Annotated[
        str,
        Query(
            max_length=255,
            pattern=r"^[^\x00]+$",
            description="The id of the message, as in Celery's logs",
        ),
    ],
) -> Response:
    return json_response(await deps.database.read(queries.task_of_celery, celery_task_id))


@router.post(
    f"{ONE}/reprocess",
    status_code=202,
    response_model=DocumentView,
    responses=_REFUSALS,
    openapi_extra=IDEMPOTENT,
    summary="Read a document again; until that is done, answers use the earlier result",
)
async def reprocess(
    document_id: UUID,
    request: Request,
    deps: Deps,
    ocr_languages: Annotated[
        OcrLanguages | None,
        Query(description="Languages of its scanned pages from now on; by default as before"),
    ] = None,
) -> Response:
    response, events = await deps.database.transact(
        _reprocess,
        str(document_id),
        idempotency_key(request, ocr_languages),
        correlation_id(request.scope),
        ocr_languages,
    )
    deps.announce(events)
    return stored_response(response)


@router.post(
    f"{ONE}/cancel",
    status_code=202,
    response_model=DocumentView,
    responses=_REFUSALS,
    summary="Cancel the work on a document",
)
async def cancel(document_id: UUID, deps: Deps) -> Response:
    view, events = await deps.database.transact(_cancel, str(document_id))
    deps.announce(events)
    return json_response(view, 202)


def _reprocess(
    session: Session,
    document_id: str,
    key: IdempotencyKey | None,
    correlation_id: str,
    ocr_languages: str | None,
) -> tuple[StoredResponse, list[Event]]:
    queries.document(session, document_id, "write")
    if key is not None and (earlier := load_response(session, key)) is not None:
        return earlier, []
    with access.as_system():
        events = members.reprocess(
            session, document_id, correlation_id, ocr_languages=ocr_languages
        )
    audit_log.record(session, "document.reprocess", document_id)
    location = {"Location": STATUS_ADDRESS + document_id}
    body = _current(session, document_id).model_dump(mode="json")
    response = StoredResponse(202, body, location)
    if key is not None:
        save_response(session, key, response)
    return response, events


def _cancel(session: Session, document_id: str) -> tuple[DocumentView, list[Event]]:
    events = cancel_work(session, document_id)
    return _current(session, document_id), events


def cancel_work(session: Session, document_id: str) -> list[Event]:
    """Stop the work on a document. Refusal: 403, 404, 410. Conflict: there is none."""
    queries.document(session, document_id, "write")
    with access.as_system():
        events = members.cancel(session, document_id)
    audit_log.record(session, "document.cancel", document_id)
    return events


def _current(session: Session, document_id: str) -> DocumentView:
    found = documents.get(session, document_id)
    assert found is not None
    return DocumentView.from_row(found)
