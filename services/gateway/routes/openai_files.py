"""/v1/files: documents, as clients of OpenAI upload, list and delete them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from services.gateway import queries, stores
from services.gateway.dependencies import Deps
from services.gateway.disk_space import full_disk_as_refusal
from services.gateway.idempotency import idempotency_key
from services.gateway.responses import IDEMPOTENT, json_response, problems
from services.gateway.routes.documents import UNKNOWN, remove
from services.gateway.routes.files import original_file
from services.gateway.schemas.openai import Deleted, FileObject, Listed
from services.gateway.uploads.checks import check_files
from services.gateway.uploads.fields import UploadFields, read_fields
from services.gateway.uploads.receive import form_limits, received_form
from services.gateway.uploads.store import store_upload
from shared.http.app import StrictRoute
from shared.http.middleware import correlation_id
from shared.http.problems import refusal

router = APIRouter(tags=["openai"], route_class=StrictRoute)

FILES = "/v1/files"
_ONE = f"{FILES}/{{file_id:uuid}}"
_PURPOSES = ("assistants", "user_data")
_NO_PURPOSE = "purpose: must be `assistants` or `user_data`: files are read to be searched."
_ONE_FILE = "Send one file, in a part named `file`."
After = Annotated[UUID | None, Query(description="The last id of the page before")]
Limit = Annotated[int, Query(ge=1, le=100)]
Order = Literal["asc", "desc"]
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "purpose"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "purpose": {"type": "string", "enum": list(_PURPOSES)},
                        "collection": {
                            "type": "string",
                            "description": "The vector store that the file belongs to; by default"
                            " it is in none until it is attached",
                        },
                    },
                },
                "example": {"file": "handbook.pdf", "purpose": "assistants"},
            }
        },
    },
    **IDEMPOTENT,
}


@router.post(
    FILES,
    response_model=FileObject,
    responses=problems(
        status_413="The file is too large",
        status_415="The type of the file is not supported",
        status_422="The file has no content, or a field is not valid",
    ),
    openapi_extra=_FORM,
    summary="Upload a file with OpenAI's clients",
)
async def create_file(request: Request, deps: Deps) -> Response:
    """Store a file and begin to read it; one that its collection already has is returned."""
    limits = form_limits(deps.settings)
    async with received_form(request, limits, deps.blobs.incoming, deps.disk) as form:
        if form.fields.pop("purpose", "") not in _PURPOSES:
            raise refusal(422, "invalid_request", _NO_PURPOSE)
        if len(form.files) != 1:
            raise refusal(422, "missing_file", _ONE_FILE)
        fields = read_fields(form.fields)
        if "collection" not in fields.model_fields_set:
            home = await deps.database.read(stores.home)
            fields = fields.model_copy(update={"collection": home})
        with full_disk_as_refusal():
            checked = await asyncio.to_thread(check_files, form.files)
            result = await store_upload(
                deps,
                checked.accepted,
                fields,
                key=_key(request, form.files[0].sha256, fields),
                correlation_id=correlation_id(request.scope),
            )
        deps.announce(result.events)
    return json_response(await deps.database.read(_file, result.response.body["document_id"]))


def _key(request: Request, sha256: str, fields: UploadFields) -> Any:
    return idempotency_key(request, sha256, fields.model_dump())


@router.get(FILES, response_model=Listed[FileObject], summary="List files of OpenAI's clients")
async def list_files(
    deps: Deps,
    purpose: Annotated[str | None, Query(max_length=64)] = None,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    order: Order = "desc",
) -> Response:
    """List all documents that the caller may read; none has another purpose."""
    if purpose is not None and purpose not in _PURPOSES:
        return json_response(Listed[FileObject].of([], limit))
    # No more are read at once; the client asks for those that follow.
    most = min(limit, 1_000)
    found = await deps.database.read(_files, str(after) if after else None, most, order == "asc")
    return json_response(Listed[FileObject].of(found, most))


@router.get(_ONE, response_model=FileObject, responses=UNKNOWN, summary="Show a file")
async def get_file(file_id: UUID, deps: Deps) -> Response:
    return json_response(await deps.database.read(_file, str(file_id)))


@router.get(
    f"{_ONE}/content",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **UNKNOWN},
    summary="Download a file",
)
async def get_content(file_id: UUID, deps: Deps) -> Response:
    return await original_file(deps, file_id)


@router.delete(_ONE, response_model=Deleted, responses=UNKNOWN, summary="Delete a file")
async def delete_file(file_id: UUID, deps: Deps) -> Response:
    """Delete a document, as `DELETE /api/v1/documents/{document_id}` does."""
    view, events = await deps.database.transact(remove, str(file_id))
    deps.announce(events)
    return json_response(Deleted(id=view.document_id, object="file"))


def _file(session: Session, file_id: str) -> FileObject:
    return FileObject.of(queries.document(session, file_id))


def _files(session: Session, after: str | None, limit: int, ascending: bool) -> list[FileObject]:
    rows = stores.files_of(session, None, after=after, limit=limit + 1, ascending=ascending)
    return [FileObject.of(row) for row in rows]
