"""The extractor as a process of its own. Wiring only."""

from __future__ import annotations

from services.extractor.document import limits_from
from services.extractor.handlers import Extraction, handlers
from services.extractor.sandbox.sandbox import Sandbox
from shared.blobs import open_blobs
from shared.encoders import options_from, tokenizer_path
from shared.process.service import Process, Readiness, run
from shared.settings import read_settings


async def setup(process: Process) -> Readiness:
    """Chunks are measured with the encoder's own tokenizer; the encoder itself is not needed."""
    settings = process.settings
    tokenizer = tokenizer_path(options_from(settings))
    sandbox = Sandbox(limits_from(settings), tokenizer_path=tokenizer)
    process.stack.push_async_callback(sandbox.close)
    await sandbox.start()
    extraction = Extraction(
        blobs=open_blobs(settings),
        sandbox=sandbox,
        tokenizer_path=tokenizer,
        chunk_tokens=settings.chunk_tokens,
        overlap_tokens=settings.chunk_overlap_tokens,
    )
    process.serve(handlers(extraction), at_once=settings.extractors)
    return Readiness()


if __name__ == "__main__":
    run("extractor", read_settings, setup)
