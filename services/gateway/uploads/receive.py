"""Receives an upload of any size to disk, in constant memory.

The files of an upload that is refused, incomplete or abandoned are removed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from services.gateway.disk_space import DiskSpace, full_disk_as_refusal
from services.gateway.uploads.multipart import FormLimits, FormParser, upload_too_large
from services.gateway.uploads.temp_file import TempFile
from shared.domain.errors import QuireError
from shared.http.problems import Refusal, problem_of, refusal
from shared.settings import Settings

# Seconds without data after which an upload has timed out.
IDLE_S = 60.0
# Bytes that are held in memory before they are written: few calls of the thread pool per upload.
PIECE_BYTES = 512 * 1024
_MIB = 1024 * 1024
# Fields, headers and boundaries around the files.
_FORM_OVERHEAD_BYTES = _MIB
# The body holds up to four files of the largest size: several files must not fill the disk.
_MAX_FULL_FILES = 4
# Bounds of reading on after a refusal: they serve clients that send a little more, not attackers.
_DRAIN_BYTES = 16 * _MIB
_DRAIN_S = 2.0


def form_limits(settings: Settings) -> FormLimits:
    """Return the limits of one upload."""
    largest = settings.max_upload_mb * _MIB
    return FormLimits(
        file_bytes=largest,
        files=settings.max_files_per_upload,
        body_bytes=largest * _MAX_FULL_FILES + _FORM_OVERHEAD_BYTES,
    )


@contextlib.asynccontextmanager
async def received_form(
    request: Request, limits: FormLimits, new_path: Callable[[], Path], disk: DiskSpace
) -> AsyncIterator[FormParser]:
    """Receive the whole form; its files are on disk, still open, until the context is left.

    Refusal: it is not a form, or incomplete, or the disk is full. TooLarge: at the first byte over
    a limit.
    """
    declared = _refuse_early(request, limits)
    await asyncio.to_thread(disk.require, declared)
    form = FormParser(request.headers.get("content-type", ""), limits, new_path)
    try:
        await _receive(request.stream(), form, disk)
        yield form
    finally:
        if form.files:
            await asyncio.shield(asyncio.to_thread(_drop, form.files))


def _refuse_early(request: Request, limits: FormLimits) -> int:
    """Return the length that the request declares, or 0."""
    given = request.headers.get("content-length", "")
    declared = int(given[:20]) if given.isdecimal() else 0
    if declared > limits.body_bytes:
        raise upload_too_large(limits)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise refusal(415, "unsupported_media_type", "Send the upload without a Content-Encoding.")
    return declared


async def _receive(body: AsyncIterator[bytes], form: FormParser, disk: DiskSpace) -> None:
    try:
        while (data := await _next(body)) is not None:
            form.write(data)
            if sum(file.waiting_bytes for file in form.files) >= PIECE_BYTES:
                await asyncio.to_thread(_flush, form.files, disk)
        form.finish()
    except (Refusal, QuireError) as error:
        # The client may still be sending, so its connection can't be used again.
        await _drain(body)
        problem = problem_of(error)
        raise Refusal(
            replace(problem, headers={**problem.headers, "Connection": "close"})
        ) from None


async def _next(body: AsyncIterator[bytes]) -> bytes | None:
    """Return the next piece of the body; None at its end."""
    try:
        async with asyncio.timeout(IDLE_S):
            return await anext(body, None)
    except TimeoutError:
        raise refusal(408, "timeout", "The upload timed out. Send it again.") from None
    except ClientDisconnect:
        raise refusal(400, "incomplete", "The upload is incomplete. Send it again.") from None


async def _drain(body: AsyncIterator[bytes]) -> None:
    """Read on for a moment: a client that is cut off while sending never sees the response."""
    left = _DRAIN_BYTES
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_DRAIN_S):
            while left > 0 and (data := await anext(body, None)) is not None:
                left -= len(data)


def _flush(files: list[TempFile], disk: DiskSpace) -> None:
    disk.require()
    with full_disk_as_refusal():
        for file in files:
            file.flush()


def _drop(files: list[TempFile]) -> None:
    for file in files:
        file.drop()
