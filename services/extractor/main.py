"""Runs the extractor as its own process."""

from __future__ import annotations

import asyncio
import contextlib

from services.extractor.document import limits_from
from services.extractor.handlers import Extraction, handlers
from services.extractor.page_views import PageViews
from services.extractor.recognition import open_recogniser
from services.extractor.recognition.base import Recogniser
from services.extractor.recognition.handlers import Recognition
from services.extractor.recognition.handlers import handlers as recognition_handlers
from services.extractor.recognition.page_reader import PageReader
from services.extractor.sandbox.sandbox import Sandbox
from shared.blobs import open_blobs
from shared.blobs.base import Blobs
from shared.domain import page_views
from shared.domain.stages import EXTRACT, RECOGNISE
from shared.encoders.options import options_from, tokenizer_path
from shared.process.service import Process, Readiness, run
from shared.settings import Settings, read_settings


async def start_sandbox(settings: Settings, stack: contextlib.AsyncExitStack) -> Sandbox:
    """Start the forkserver and return its sandbox; `stack` closes it.

    SettingsError: the system can't confine readers, and the settings require it.
    """
    sandbox = Sandbox(
        limits_from(settings),
        tokenizer_path=tokenizer_path(options_from(settings)),
        required=settings.sandbox == "required",
    )
    stack.push_async_callback(sandbox.close)
    await sandbox.start()
    return sandbox


def setup(
    process: Process, sandbox: Sandbox, blobs: Blobs, recogniser: Recogniser | None
) -> Readiness:
    """Subscribe to document events, and draw pages for the gateway.

    Chunks are measured with the encoder's tokenizer alone.
    """
    settings = process.settings
    tokenizer = tokenizer_path(options_from(settings))
    extraction = Extraction(
        blobs=blobs,
        sandbox=sandbox,
        tokenizer_path=tokenizer,
        chunk_tokens=settings.chunk_tokens,
        overlap_tokens=settings.chunk_overlap_tokens,
        max_chunks=settings.max_chunks,
        limits=limits_from(settings),
        recognises=recogniser is not None,
    )
    recognition = Recognition(
        pages=PageReader(sandbox, tokenizer, settings.chunk_tokens, settings.chunk_overlap_tokens),
        recogniser=recogniser,
        blobs=blobs,
        max_chunks=settings.max_chunks,
        languages=settings.ocr_languages,
    )
    process.routes[page_views.PATH] = PageViews(blobs, sandbox)
    process.subscribe(handlers(extraction), group=EXTRACT.worker, at_once=settings.extractors)
    process.subscribe(
        recognition_handlers(recognition), group=RECOGNISE.worker, at_once=settings.recognisers
    )
    return Readiness({"sandbox": sandbox.rules_in_force})


async def _setup(process: Process) -> Readiness:
    sandbox = await start_sandbox(process.settings, process.stack)
    recogniser = await asyncio.to_thread(open_recogniser, process.settings)
    return setup(process, sandbox, open_blobs(process.settings), recogniser)


if __name__ == "__main__":
    run("extractor", read_settings, _setup)
