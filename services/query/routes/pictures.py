"""The route `POST /api/v1/query/pictures`."""

from __future__ import annotations

import time

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from services.query.pictures import FoundPictures, PictureSearch
from services.query.question import Question
from services.query.schemas import PictureList, PictureRequest
from shared.http.app import StrictRoute
from shared.http.problems import refusal
from shared.telemetry.metrics import QUERY_SECONDS

_PICTURES = TypeAdapter(PictureList)
_NO_MODEL = (
    "This server has no model of pictures, so it can't find pictures like another one. Ask in words"
    " with `query`: captions and the text around pictures are searched."
)
_NO_PICTURE = "No chunk with this id has a picture that can be compared."


def picture_routes(search: PictureSearch, *, default_top_k: int) -> APIRouter:
    """Return the route that searches pictures; it skips FastAPI's validation of responses."""
    router = APIRouter(prefix="/api/v1", tags=["query"], route_class=StrictRoute)

    @router.post("/query/pictures", summary="Find pictures", response_model=PictureList)
    async def find(body: PictureRequest) -> Response:
        """Return the pictures of documents that show what is asked for, or are like another one.

        Without a model of pictures on the server, captions and the text around pictures are
        searched, `compared` is false, and `like` is refused with 409 `no_picture_model`.
        """
        begun = time.perf_counter()
        found = await _find(search, body, body.top_k or default_top_k)
        seconds = time.perf_counter() - begun
        QUERY_SECONDS.labels("pictures").observe(seconds)
        view = PictureList(
            found.passages,
            compared=search.compares,
            waiting=found.waiting,
            latency_ms=round(seconds * 1000, 2),
        )
        return Response(_PICTURES.dump_json(view), media_type="application/json")

    return router


async def _find(search: PictureSearch, body: PictureRequest, top_k: int) -> FoundPictures:
    if body.query is not None:
        return await search.by_text(Question.from_text(body.query), body.scope(), top_k)
    if not search.compares:
        raise refusal(409, "no_picture_model", _NO_MODEL)
    found = await search.like(body.like or "", body.scope(), top_k)
    if found is None:
        raise refusal(404, "not_found", _NO_PICTURE)
    return found
