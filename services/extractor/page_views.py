"""Draws single pages of stored files in the sandbox, for the gateway; a plain ASGI app.

Only the gateway may call it, which checks who may see a document: see QUIRE_SERVICE_KEY.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

from pydantic import ValidationError

from services.extractor.document import ChunkDraft, ReadOptions
from services.extractor.sandbox.sandbox import Sandbox
from shared.blobs.base import Blobs
from shared.domain.errors import (
    PermanentError,
    QuireError,
    ReaderFailure,
    ReadTimeout,
    Unavailable,
)
from shared.domain.page_views import PageViewRequest, PageWords
from shared.http.middleware import Receive, Scope, Send, send_problem
from shared.http.problems import Problem, Refusal, problem_of, refusal

# Pages drawn at once; reading documents goes on beside them.
_AT_ONCE = 2
# Requests that wait for their turn; a page takes a tenth of a second, so the last one waits three.
_MAX_WAITING = 60
_LONGEST_S = 20.0  # for one page: nobody waits longer for a picture
_MAX_BODY = 64 * 1024  # bytes; the largest number of marks takes half of it

_TOO_SLOW = "Drawing this page takes too long. Open the original file."
_BUSY = "Too many pages are being drawn. Try again in a moment."


@dataclass
class PageViews:
    """Answers `PageViewRequest`s with a PNG picture, or with `PageWords` as JSON."""

    blobs: Blobs
    sandbox: Sandbox
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _waiting: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            media_type, body = await self._answer(await _body(receive))
        except (QuireError, Refusal) as error:
            await send_problem(scope, send, _problem(error))
            return
        headers = [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, body: bytes) -> tuple[str, bytes]:
        try:
            request = PageViewRequest.model_validate_json(body)
        except ValidationError as wrong:
            raise refusal(422, "invalid_request", "This is not a request for a page.") from wrong
        draft = await self._view(request)
        if request.view == "picture":
            return "image/png", draft.image or b""
        # The words were read from a hostile file, so their shape is checked.
        words = PageWords.model_validate_json(draft.content)
        return "application/json", words.model_dump_json().encode()

    async def _view(self, request: PageViewRequest) -> ChunkDraft:
        """Return the draft of a page. Refusal: no such page, no such file."""
        if self._waiting >= _MAX_WAITING:
            raise Unavailable(_BUSY)
        self._waiting += 1
        try:
            async with self._turns:
                return await self._read(request)
        finally:
            self._waiting -= 1

    async def _read(self, request: PageViewRequest) -> ChunkDraft:
        try:
            path = await asyncio.to_thread(self.blobs.path, request.blob_key)
        except FileNotFoundError:
            raise refusal(404, "not_found", "This file is no longer stored.") from None
        options = ReadOptions(
            request.file_type,
            tokenizer_path="",
            first_page=request.page,
            last_page=request.page,
            view=request.view,
            marks=request.marks,
            marks_displayed=request.marks_displayed,
        )
        try:
            async with (
                asyncio.timeout(_LONGEST_S),
                aclosing(self.sandbox.read(path, options)) as batches,
            ):
                async for batch in batches:
                    for draft in batch.chunks:
                        return draft
        except TimeoutError:
            raise ReadTimeout(_TOO_SLOW) from None
        raise refusal(404, "not_found", "The document has no page with this number.")


async def _body(receive: Receive) -> bytes:
    """Return the body of a request. Refusal: it is too large, or the client is gone."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise refusal(400, "bad_request", "The client disconnected.")
        body += message.get("body", b"")
        if len(body) > _MAX_BODY:
            raise refusal(413, "too_large", "This request for a page is too large.")
        more = message.get("more_body", False)
    return bytes(body)


def _problem(error: QuireError | Refusal) -> Problem:
    if isinstance(error, PermanentError | ReaderFailure):
        return Problem(422, error.code, error.message)
    return problem_of(error)
