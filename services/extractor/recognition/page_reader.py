"""Draws a page, recognises its text and cuts it into chunks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.extractor.chunk_rows import PAGE_ORDINALS
from services.extractor.chunking.chunker import chunk
from services.extractor.document import ChunkDraft, ReadOptions
from services.extractor.drawing import Drawing, scale_of
from services.extractor.recognition.base import Picture, Recogniser, recognised
from services.extractor.recognition.page import confidence_of, page_of
from services.extractor.recognition.skew import slope_of
from services.extractor.sandbox.sandbox import Sandbox
from services.extractor.tokenizer import load_tokenizer
from shared.domain.errors import ParserCrash


@dataclass(frozen=True)
class RecognisedPage:
    """The chunks of a page, and the mean confidence of its letters; None without any."""

    chunks: Sequence[ChunkDraft]
    confidence: float | None


@dataclass(frozen=True)
class PageReader:
    """Reads pages with given chunk sizes in tokens; pages are drawn in the sandbox."""

    sandbox: Sandbox
    tokenizer_path: Path
    chunk_tokens: int
    overlap_tokens: int

    async def read(
        self,
        recogniser: Recogniser,
        languages: Sequence[str],
        path: Path,
        file_type: str,
        number: int,
        turns: int = 0,
    ) -> RecognisedPage:
        """Return the chunks of a page; `turns` are as in `Page`.

        Raises a permanent error or a reader failure of `shared.domain.errors`.
        """
        picture, drawing = await self._draw(path, file_type, number, slope=0.0)
        slope = await asyncio.to_thread(slope_of, picture)
        if slope:
            picture, drawing = await self._draw(path, file_type, number, slope=slope)
        lines = await recognised(recogniser, picture, languages)
        size = (picture.width, picture.height)
        page = page_of(lines, drawing, size, number=number, turns=turns)
        tokenizer = load_tokenizer(str(self.tokenizer_path))
        drafts = await asyncio.to_thread(
            lambda: list(chunk([page], tokenizer, self.chunk_tokens, self.overlap_tokens))
        )
        if len(drafts) > PAGE_ORDINALS:
            raise ParserCrash  # noise, taken for text
        return RecognisedPage(drafts, confidence_of(lines))

    async def _draw(
        self, path: Path, file_type: str, number: int, *, slope: float
    ) -> tuple[Picture, Drawing]:
        options = ReadOptions(
            file_type,
            str(self.tokenizer_path),
            first_page=number,
            last_page=number,
            view="scan",
            slope=slope,
        )
        drawn = [
            draft async for batch in self.sandbox.read(path, options) for draft in batch.chunks
        ]
        if len(drawn) != 1 or not drawn[0].image or not drawn[0].box:
            raise ParserCrash
        picture = await asyncio.to_thread(Picture.from_pgm, drawn[0].image)
        _, _, width, height = drawn[0].box
        return picture, Drawing(width, height, scale_of(width, height), slope)
