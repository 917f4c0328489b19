"""Serves the original file of a document and the pictures that were found in it.

Their content is untrusted, so a Content-Security-Policy keeps browsers from running any of it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter, Response
from starlette.responses import FileResponse

from services.gateway import queries
from services.gateway.dependencies import Deps, GatewayDeps
from services.gateway.routes.documents import ONE, UNKNOWN
from shared.domain.file_types import BY_NAME
from shared.http.app import StrictRoute
from shared.http.problems import refusal

router = APIRouter(tags=["documents"], route_class=StrictRoute)

_SANDBOX_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'"}
_UNKNOWN = "application/octet-stream"
_PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_BYTES = {_UNKNOWN: {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    f"{ONE}/file",
    response_class=Response,
    responses={200: {"content": _BYTES, "description": "The file"}, **UNKNOWN},
    summary="Download the original file",
)
async def get_file(document_id: UUID, deps: Deps) -> Response:
    return await original_file(deps, document_id)


async def original_file(deps: GatewayDeps, document_id: UUID) -> Response:
    """Return the original file of a document as a download. Refusal: 404, 410."""
    stored = await deps.database.read(queries.document, str(document_id))
    path = await _path(deps, stored.file_path)
    kind = BY_NAME.get(stored.file_type)
    media_type = kind.media_type if kind else _UNKNOWN
    return FileResponse(
        path, media_type=media_type, filename=stored.file_name, headers=_SANDBOX_HEADERS
    )


@router.get(
    f"{ONE}/chunks/{{chunk_id:uuid}}/picture",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The picture"}, **UNKNOWN},
    summary="Show the picture of an image chunk",
)
async def get_picture(document_id: UUID, chunk_id: UUID, deps: Deps) -> Response:
    key = await deps.database.read(queries.picture, str(document_id), str(chunk_id))
    path = await _path(deps, key)
    kind = _PICTURES.get(Path(key).suffix, _UNKNOWN)
    return FileResponse(path, media_type=kind, headers=_SANDBOX_HEADERS)


async def _path(deps: GatewayDeps, key: str) -> Path:
    try:
        return await asyncio.to_thread(deps.blobs.path, key)
    except FileNotFoundError:
        raise refusal(404, "not_found", "This file is no longer stored.") from None
