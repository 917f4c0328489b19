"""Reads one file outside the sandbox, in a process that loads only the parsers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from services.extractor.document import ChunkDraft, FileType, ReaderLimits, ReadOptions
from services.extractor.sandbox.reader_process import frames
from services.extractor.tokenizer import load_tokenizer
from shared.domain.errors import QuireError

_TYPES: dict[str, FileType] = {".pdf": "pdf", ".docx": "docx", ".md": "md", ".markdown": "md"}


@dataclass(frozen=True)
class Read:
    """The chunks of one file; `drafts` is None if it could not be read. The time is CPU."""

    drafts: list[ChunkDraft] | None
    pages: int
    cpu_s: float


def warm(tokenizer: str) -> None:
    """Load everything that reading needs."""
    load_tokenizer(tokenizer)


def read(path: str, tokenizer: str) -> Read:
    """Read and chunk one file, as the server's readers do."""
    begun = time.process_time()
    drafts: list[ChunkDraft] = []
    pages = 0
    options = ReadOptions(_TYPES.get(Path(path).suffix.lower(), "txt"), tokenizer)
    try:
        for frame in frames(path, options, ReaderLimits()):
            drafts += frame.chunks
            pages = max(pages, frame.pages_done)
    except QuireError:
        return Read(None, 0, time.process_time() - begun)
    return Read(drafts, pages, time.process_time() - begun)
