"""POST /api/v1/documents/upload: 202 means that the files are durable."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from services.gateway.dependencies import Deps
from services.gateway.disk_space import full_disk_as_refusal
from services.gateway.idempotency import idempotency_key
from services.gateway.responses import IDEMPOTENT, problems, stored_response
from services.gateway.schemas.base import MAX_DESCRIPTION, MAX_TITLE
from services.gateway.schemas.documents import UploadedDocument, UploadedDocuments
from services.gateway.uploads.checks import check_files
from services.gateway.uploads.fields import read_fields
from services.gateway.uploads.receive import form_limits, received_form
from services.gateway.uploads.store import store_upload
from shared.domain.file_types import FILE_TYPES, OCR_LANGUAGES
from shared.http.app import StrictRoute
from shared.http.middleware import correlation_id
from shared.http.problems import refusal
from shared.telemetry.tracing import tracing

router = APIRouter(tags=["documents"], route_class=StrictRoute)

_TEXT = {"type": "string"}
_READABLE = ", ".join(kind.label for kind in FILE_TYPES)
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": f"One or more files: {_READABLE}",
                        },
                        "title": _TEXT | {"maxLength": MAX_TITLE},
                        "description": _TEXT | {"maxLength": MAX_DESCRIPTION},
                        "collection": _TEXT | {"default": "default"},
                        "ocr_languages": _TEXT
                        | {
                            "pattern": OCR_LANGUAGES,
                            "description": "Languages of scanned pages, such as `deu+eng`; those"
                            " of the server by default",
                        },
                        "metadata": _TEXT
                        | {"description": "A JSON object of strings, numbers, booleans and nulls"},
                    },
                },
                "example": {
                    "file": ["handbook.pdf"],
                    "title": "Handbook",
                    "metadata": '{"department": "finance"}',
                },
            }
        },
    },
    **IDEMPOTENT,
}


@router.post(
    "/api/v1/documents/upload",
    status_code=202,
    response_model=UploadedDocument | UploadedDocuments,
    responses={
        200: {
            "model": UploadedDocument | UploadedDocuments,
            "description": "Every file was uploaded before",
        },
        **problems(
            status_400="The form is malformed or incomplete",
            status_413="A file, or the whole upload, is too large",
            status_415="The type of no file is supported",
            status_422="No file has content, or a field is not valid",
            status_507="The server's disk is full",
        ),
    },
    openapi_extra=_FORM,
    summary="Upload one or more files; each is accepted or refused by itself",
)
async def upload(request: Request, deps: Deps) -> Response:
    limits = form_limits(deps.settings)
    incoming = deps.blobs.incoming
    async with received_form(request, limits, incoming, deps.disk) as form:
        fields = read_fields(form.fields)
        if not form.files:
            raise refusal(422, "missing_file", "Send at least one file in a part named `file`.")
        with full_disk_as_refusal():
            checked = await asyncio.to_thread(check_files, form.files)
        files = checked.accepted
        sent = [[file.name, file.sha256] for file in form.files]
        request_id = correlation_id(request.scope)
        with full_disk_as_refusal(), tracing.span("upload", request_id, files=len(files)):
            result = await store_upload(
                deps,
                files,
                fields,
                key=idempotency_key(request, sent, fields.model_dump()),
                correlation_id=request_id,
                refused=checked.refused,
            )
            deps.announce(result.events)
        return stored_response(result.response)
