"""Reads one file outside the sandbox, in a process that loads only the parsers."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from services.extractor.document import ChunkDraft, ReaderLimits, ReadOptions
from services.extractor.sandbox.reader_process import frames
from services.extractor.tokenizer import load_tokenizer
from shared.domain.errors import QuireError
from shared.domain.file_types import by_ending
from shared.text.context import tokens_of, with_context


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
    """Read and chunk one file as the server's readers do; the content has its context above it."""
    begun = time.process_time()
    drafts: list[ChunkDraft] = []
    pages = 0
    kind = by_ending(Path(path).suffix)
    options = ReadOptions(kind.name if kind else "txt", tokenizer)
    try:
        for frame in frames(Path(path), options, ReaderLimits()):
            drafts += [_with_context(draft, path) for draft in frame.chunks]
            pages = max(pages, frame.pages_done)
    except QuireError:
        return Read(None, 0, time.process_time() - begun)
    return Read(drafts, pages, time.process_time() - begun)


def _with_context(draft: ChunkDraft, path: str) -> ChunkDraft:
    """Return the draft with the text that the server encodes, and about its number of tokens."""
    text = with_context(draft.content, title=Path(path).stem, section=draft.section)
    tokens = draft.token_count + tokens_of(text[: len(text) - len(draft.content)])
    return replace(draft, content=text, token_count=tokens)
