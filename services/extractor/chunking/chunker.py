"""Cuts pages into chunks of at most `max_tokens`, deterministically.

Text is cut at its strongest boundaries (`cuts`), page by page, except that a sentence across a page
break stays whole. A heading starts the chunk of its section. Tables become Markdown (`tables`). A
captioned table or picture that the page mentions also yields a composite chunk of caption, mention
and content, while composites stay below 5 % of all tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from services.extractor.chunking.affixes import join_affixes
from services.extractor.chunking.cuts import Cutter
from services.extractor.chunking.figures import (
    Excerpt,
    FigureContext,
    caption_of,
    composite_text,
    figure_context,
    picture_excerpts,
    picture_text,
)
from services.extractor.chunking.headers import Headers
from services.extractor.chunking.running_text import RunningText, box_within
from services.extractor.chunking.sentences import (
    KINDS,
    Part,
    Places,
    of_parts,
    of_running_text,
)
from services.extractor.chunking.tables import CAPTION, RULE, TablePart, markdown_row, table_chunks
from services.extractor.document import Block, ChunkDraft, ChunkType, Page, Tokenizer
from shared.text.chunk_sentences import Kind

_MAX_TEXT_SLICE = 40_000  # characters; bounds the time and memory of one tokenizer call
_MAX_COMPOSITE_SHARE = 0.05  # of all tokens; composites repeat text that other chunks have
_MAX_TITLE_LETTERS = 120  # characters; keeps section paths short


def chunk(
    pages: Iterable[Page], tokenizer: Tokenizer, max_tokens: int = 250, overlap_tokens: int = 0
) -> Iterator[ChunkDraft]:
    """Yield the chunks of a document, in reading order.

    >>> [draft.content for draft in chunk([Page(1, (Block("paragraph", "One.", 1),))], tokenizer)]
    ['One.']
    """
    chunker = Chunker(tokenizer, max_tokens, overlap_tokens)
    for page in pages:
        yield from chunker.add(page)
    yield from chunker.close()


class Chunker:
    """Chunks one document page by page; holds one unfinished chunk between pages."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int, overlap_tokens: int = 0) -> None:
        self._tokenizer = tokenizer
        self._max = max_tokens
        self._overlap = min(overlap_tokens, max_tokens // 2)
        self._run = RunningText()
        self._sections: list[tuple[int, str]] = []
        self._page = 0
        self._tokens = 0
        self._composite_tokens = 0
        self._places = Places()
        self._headers = Headers()

    def add(self, page: Page, *, join: bool = True) -> list[ChunkDraft]:
        """Return the chunks that `page` completes; the last one is held for the next page.

        Without `join` all chunks are returned, and no chunk spans two pages.
        """
        drafts: list[ChunkDraft] = []
        new_page, self._page = page.number != self._page, page.number
        top = new_page  # as long as the page has begun with pictures only
        self._places.learn(page)
        captions = _table_captions(page.blocks)
        for at, block in enumerate(page.blocks):
            if block.rows or block.image:
                drafts += self._embedded(page.blocks, at, first=top)
                top = top and block.kind == "image"
            elif at not in captions and block.text.strip():
                drafts += self._text(block, first=new_page)
                new_page = top = False
                self._headers.close()
        return drafts + self._cut(final=not join)

    def close(self) -> list[ChunkDraft]:
        """Return the held chunk at the end of the document."""
        return self._cut(final=True)

    def _text(self, block: Block, *, first: bool) -> list[ChunkDraft]:
        drafts: list[ChunkDraft] = []
        continues = first and self._run.is_continued_by(block)
        if first and not continues:
            drafts += self._cut(final=True)
        if block.kind == "heading":
            self._enter(block)
        for part in _text_slices(block):
            self._run.append(part, self._section(), continues=continues)
            continues = True
            if len(self._run) > _MAX_TEXT_SLICE:
                drafts += self._cut(final=False)
        return drafts

    def _enter(self, heading: Block) -> None:
        while self._sections and self._sections[-1][0] >= heading.level:
            self._sections.pop()
        self._sections.append((heading.level, " ".join(heading.text.split())[:_MAX_TITLE_LETTERS]))

    def _section(self) -> str:
        return " > ".join(title for _, title in self._sections)

    def _cut(self, *, final: bool) -> list[ChunkDraft]:
        """Cut the running text into chunks; unless `final`, hold the last one for more text."""
        run = self._run
        cutter = Cutter(run.text, run.boundaries(), self._tokenizer, self._max)
        ranges = cutter.cuts(self._overlap)
        if final or not ranges:
            self._run = RunningText()
        else:
            self._run = run.tail(ranges.pop()[0])
        drafts = [self._draft(run, start, end, tokens) for start, end, tokens in ranges]
        return [draft for draft in drafts if draft.content]

    def _draft(self, run: RunningText, start: int, end: int, tokens: int) -> ChunkDraft:
        pieces = run.within(start, end)
        page = pieces[0].block.page
        content = run.text[start:end].strip()
        begin = run.text.index(content, start)
        headed = next((piece for piece in pieces if piece.block.kind != "heading"), pieces[0])
        self._tokens += tokens
        return ChunkDraft(
            content=content,
            chunk_type="text",
            token_count=tokens,
            page_num=page,
            box=box_within(pieces, start, end, page),
            section=headed.section,
            sentences=tuple(of_running_text(run, begin, begin + len(content), self._places)),
        )

    def _embedded(self, blocks: Sequence[Block], at: int, *, first: bool) -> Iterator[ChunkDraft]:
        block, context = blocks[at], figure_context(blocks, at)
        if block.kind == "image":
            body: list[Part] = []
            text = picture_text(context, block.page, self._tokenizer)
            described = [_part_of(excerpt) for excerpt in picture_excerpts(context)]
            yield self._of(block, "image", text, self._count(text), described)
        else:
            table = replace(block, rows=join_affixes(block.rows))
            block, kinds = self._headers.of(table, context.caption.text, first=first)
            body = [
                Part(markdown_row(row), kinds[number], block, row=number)
                for number, row in enumerate(block.rows)
            ]
            for part in table_chunks(block.rows, context.caption.text, self._tokenizer, self._max):
                self._tokens += part.tokens
                parts = _table_parts(part, block, kinds, context.caption)
                yield self._of(block, "table", part.text, part.tokens, parts)
        if context.caption.text and context.mention.text:
            yield from self._composite(block, context, body)

    def _composite(
        self, block: Block, context: FigureContext, body: Sequence[Part]
    ) -> Iterator[ChunkDraft]:
        rows = "\n".join(part.text for part in body)
        text = composite_text(context, rows, self._tokenizer, self._max)
        tokens = self._count(text)
        if self._composite_tokens + tokens <= _MAX_COMPOSITE_SHARE * self._tokens + self._max:
            self._composite_tokens += tokens
            parts = [_part_of(context.caption), _part_of(context.mention), *body]
            yield self._of(block, "composite", text, tokens, parts)

    def _count(self, text: str) -> int:
        return len(self._tokenizer.spans(text))

    def _of(
        self, block: Block, chunk_type: ChunkType, text: str, tokens: int, parts: Iterable[Part]
    ) -> ChunkDraft:
        return ChunkDraft(
            content=text,
            chunk_type=chunk_type,
            token_count=tokens,
            page_num=block.page,
            box=block.box,
            section=self._section(),
            image=block.image if chunk_type == "image" else None,
            image_ext=block.image_ext if chunk_type == "image" else "",
            sentences=tuple(of_parts(parts, text, self._places)),
        )


def _part_of(excerpt: Excerpt) -> Part:
    """Return an excerpt that has a text as a part of a chunk."""
    assert excerpt.block is not None
    return Part(excerpt.text, KINDS[excerpt.block.kind], excerpt.block, excerpt.start)


def _table_parts(
    part: TablePart, table: Block, kinds: Sequence[Kind], caption: Excerpt
) -> Iterator[Part]:
    for line in part.lines:
        if line.row == CAPTION:
            yield _part_of(caption)
        elif line.row == RULE:
            yield Part(line.text, None, table)
        else:
            yield Part(line.text, kinds[line.row], table, row=line.row)


def _table_captions(blocks: Sequence[Block]) -> set[int]:
    """Return the indexes of captions that belong to a table; the running text leaves them out."""
    tables = (at for at, block in enumerate(blocks) if block.kind == "table")
    captions = [caption_of(blocks, at) for at in tables]
    return {at for at, block in enumerate(blocks) if any(block is found for found in captions)}


def _text_slices(block: Block) -> Iterator[Block]:
    """Yield the block, or slices of at most 40,000 characters of it, split at spaces."""
    if len(block.text) <= _MAX_TEXT_SLICE:
        yield block
        return
    start = 0
    while start < len(block.text):
        end = min(start + _MAX_TEXT_SLICE, len(block.text))
        if end < len(block.text):
            space = block.text.rfind(" ", start + _MAX_TEXT_SLICE // 2, end)
            end = space + 1 if space > 0 else end
        marks = tuple(mark.moved(-start) for mark in block.marks)
        part = block.text[start:end]
        yield Block(block.kind, part, block.page, block.box, block.level, marks=marks)
        start = end
