"""Pictures and words of single pages: drawn when they are first asked for, then kept."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from services.gateway.dependencies import Deps, GatewayDeps
from services.gateway.page_sources import PageSource, page_source
from services.gateway.responses import problems
from services.gateway.routes.documents import ONE, UNKNOWN
from services.gateway.schemas.pages import PageText
from shared.domain.page_views import PageWords
from shared.domain.status import UNDELETED
from shared.http.app import StrictRoute
from shared.repositories import documents

router = APIRouter(tags=["documents"], route_class=StrictRoute)

# Content of an untrusted file; browsers ask each time whether it may still be shown.
_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
}
_REFUSALS = {
    **UNKNOWN,
    **problems(
        status_404="No such document, page or passage, or a type of file without pages",
        status_422="The page can't be drawn, because the file is damaged or protected",
        status_503="Too many pages are drawn at once",
    ),
}
_PNG = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Counted from 1")]


@router.get(
    f"{ONE}/pages/{{number}}.png",
    response_class=Response,
    responses={200: {"content": _PNG, "description": "The page as displayed"}, **_REFUSALS},
    summary="Show a page as a picture",
)
async def get_page(
    document_id: UUID,
    number: Number,
    request: Request,
    deps: Deps,
    highlight: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Id of a chunk, or of a sentence (`<chunk_id>#<n>`, with `#` as `%23`),"
            " to mark on the page",
        ),
    ] = None,
) -> Response:
    source = await deps.database.read(page_source, str(document_id), number, "picture", highlight)
    if _is_known(request, source):
        return Response(status_code=304, headers=_headers(source))
    picture = await _fetch(deps, str(document_id), source)
    return Response(picture, media_type="image/png", headers=_headers(source))


@router.get(
    f"{ONE}/pages/{{number}}/text",
    response_model=PageText,
    responses=_REFUSALS,
    summary="List the words of a page with their places",
)
async def get_page_text(
    document_id: UUID, number: Number, request: Request, deps: Deps
) -> Response:
    source = await deps.database.read(page_source, str(document_id), number, "words")
    if _is_known(request, source):
        return Response(status_code=304, headers=_headers(source))
    words = PageWords.model_validate_json(await _fetch(deps, str(document_id), source))
    text = PageText(document_id=str(document_id), page=number, **dict(words))
    return Response(text.model_dump_json(), media_type="application/json", headers=_headers(source))


def _headers(source: PageSource) -> dict[str, str]:
    return {**_HEADERS, "ETag": _etag(source)}


def _etag(source: PageSource) -> str:
    return f'"{source.key.rpartition("/")[2]}"'


def _is_known(request: Request, source: PageSource) -> bool:
    """Return whether the client says that it has this version."""
    known = request.headers.get("if-none-match", "")
    return _etag(source) in (each.strip().removeprefix("W/") for each in known.split(","))


async def _fetch(deps: GatewayDeps, document_id: str, source: PageSource) -> bytes:
    """Return what is kept, or ask the extractor and keep its answer."""
    with contextlib.suppress(FileNotFoundError):
        return await asyncio.to_thread(lambda: deps.blobs.path(source.key).read_bytes())
    made = await deps.pages.fetch(source.request)
    await asyncio.to_thread(deps.blobs.put, source.key, made)
    # The document may have been deleted while its page was drawn: nothing of it may remain.
    if not await deps.database.read(_is_stored, document_id):
        await asyncio.to_thread(deps.blobs.remove, source.key)
    return made


def _is_stored(session: Session, document_id: str) -> bool:
    found = documents.get(session, document_id)
    return found is not None and found.status in UNDELETED
