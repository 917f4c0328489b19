"""Cuts pages into chunks of at most `max_tokens`, deterministically.

Text is cut at its strongest boundaries (`cuts`). A heading starts a section, and no chunk spans two
of them. Tables become Markdown (`tables`) below their heading, title and unit. A picture becomes a
chunk if it has a caption or a text of its own. Chunks are in the order in which they begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from services.extractor.chunking.composites import Composites
from services.extractor.chunking.cuts import Cutter, spans_within
from services.extractor.chunking.figures import attached_lines, lead_in_of, without_lines
from services.extractor.chunking.headers import Headers, is_continued
from services.extractor.chunking.running_text import RunningText, box_within
from services.extractor.chunking.sentences import Part, Places, of_parts, of_running_text
from services.extractor.chunking.tables import table_chunks
from services.extractor.document import Block, ChunkDraft, ChunkType, Page, Tokenizer
from services.extractor.layout.affixes import join_affixes
from shared.text.context import SECTION_SEPARATOR

_MAX_TEXT_SLICE = 40_000  # characters; bounds the time and memory of one tokenizer call
_MAX_TITLE_LETTERS = 120  # characters; keeps section paths short
_MAX_WAITING = 64  # chunks of tables; bounds the memory behind a text that is not yet cut


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
        self._waiting: list[tuple[int, ChunkDraft]] = []  # with the length of the text before it
        self._sections: list[tuple[int, str]] = []
        self._page = 0
        self._apart = False
        self._places = Places()
        self._headers = Headers()
        self._composites = Composites()

    def add(self, page: Page, *, join: bool = True) -> list[ChunkDraft]:
        """Return the chunks that `page` completes; the last one is held for the next page.

        Without `join` all chunks are returned, and no chunk spans two pages.
        """
        drafts: list[ChunkDraft] = []
        new_page, self._page = page.number != self._page, page.number
        top = new_page  # as long as the page has begun with pictures only
        self._apart |= new_page
        self._places.learn(page)
        attached = attached_lines(page.blocks)
        for at, block in enumerate(page.blocks):
            if block.rows or block.image:
                drafts += self._embedded(block, attached.above[at], first=top)
                top = top and block.kind == "image"
                continue
            text = without_lines(block, attached.taken.get(at))
            if text is not None and text.text.strip():
                drafts += self._text(text, first=new_page)
                if not (_is_page_number(block) or (top and _is_title_again(block))):
                    new_page = top = False
                    self._headers.close()
            self._composites.learn(block)
        for block in page.blocks:
            if block.kind == "caption":
                drafts += self._composite(block)
        return drafts + self._cut(final=not join)

    def close(self) -> list[ChunkDraft]:
        """Return the held chunk at the end of the document."""
        return self._cut(final=True)

    def _text(self, block: Block, *, first: bool) -> list[ChunkDraft]:
        drafts: list[ChunkDraft] = []
        continues = first and self._run.is_continued_by(block)
        if block.kind == "heading":
            self._enter(block)
        for part in _text_slices(block):
            self._run.append(part, self._section(), continues=continues, apart=self._apart)
            continues, self._apart = True, False
            if len(self._run) > _MAX_TEXT_SLICE:
                drafts += self._cut(final=False)
        return drafts

    def _enter(self, heading: Block) -> None:
        while self._sections and self._sections[-1][0] >= heading.level:
            self._sections.pop()
        self._sections.append((heading.level, " ".join(heading.text.split())[:_MAX_TITLE_LETTERS]))

    def _section(self) -> str:
        return SECTION_SEPARATOR.join(title for _, title in self._sections)

    def _cut(self, *, final: bool) -> list[ChunkDraft]:
        """Cut the running text into chunks; unless `final`, hold the last one for more text.

        Tables that stand in the text follow the chunk before them.
        """
        run, waiting = self._run, self._waiting
        cutter = Cutter(run.text, run.boundaries(), self._tokenizer, self._max)
        ranges = cutter.cuts(self._overlap, run.section_starts())
        held = len(run.text) + 1
        if final or not ranges or len(waiting) > _MAX_WAITING:
            self._run = RunningText()
        else:
            held = ranges.pop()[0]
            self._run = run.tail(held)
        self._waiting = [(place - held, draft) for place, draft in waiting if place > held]
        ready = [(place, draft) for place, draft in waiting if place <= held]
        ready += [(start, self._draft(run, start, end, tokens)) for start, end, tokens in ranges]
        ready.sort(key=lambda placed: placed[0])
        return [draft for _, draft in ready if draft.content]

    def _draft(self, run: RunningText, start: int, end: int, tokens: int) -> ChunkDraft:
        pieces = run.within(start, end)
        page = pieces[0].block.page
        content = run.text[start:end].strip()
        begin = run.text.index(content, start)
        headed = next((piece for piece in pieces if piece.block.kind != "heading"), pieces[-1])
        return ChunkDraft(
            content=content,
            chunk_type="text",
            token_count=tokens,
            page_num=page,
            box=box_within(pieces, start, end, page),
            section=headed.section,
            sentences=tuple(of_running_text(run, begin, begin + len(content), self._places)),
        )

    def _embedded(self, block: Block, above: Sequence[Part], *, first: bool) -> list[ChunkDraft]:
        """Return the chunks of a table or picture, unless text before it is not yet cut."""
        made = list(self._table(block, above, first) if block.rows else self._picture(block, above))
        self._apart |= bool(block.rows)
        if not self._run.text:
            before, self._waiting = [draft for _, draft in self._waiting], []
            return before + made
        self._waiting += [(len(self._run), draft) for draft in made]
        return self._cut(final=False) if len(self._waiting) > _MAX_WAITING else []

    def _table(self, block: Block, above: Sequence[Part], first: bool) -> Iterator[ChunkDraft]:
        headings = [Part(_line(each.text), "heading", each) for each in self._run.take_headings()]
        table = replace(block, rows=join_affixes(block.rows))
        last = self._run.last_text()
        if first and last and not (headings or above):
            # The page break parts it from its lead-in, which stays where it is printed too.
            above = lead_in_of(last)
        table, kinds, lead = self._headers.of(table, [*headings, *above], first=first)
        for part in table_chunks(table, kinds, lead, self._tokenizer, self._max):
            yield self._of(table, "table", part.text, part.tokens, part.lines)

    def _picture(self, block: Block, above: Sequence[Part]) -> Iterator[ChunkDraft]:
        own = [Part(_line(block.text), "caption", block)] if block.text.strip() else []
        lines = [*above, *own]
        text = "\n".join(line.text for line in lines)
        spans = self._tokenizer.spans(text)
        if len(spans) > self._max:
            text = text[: spans_within(spans, self._max)].rsplit(None, 1)[0].strip()
        if spans:
            yield self._of(block, "image", text, len(self._tokenizer.spans(text)), lines)

    def _composite(self, caption: Block) -> list[ChunkDraft]:
        """Return the chunk of a caption with the sentences that refer to it, if they fit."""
        parts = list(self._composites.of(caption))
        costs = [len(self._tokenizer.spans(part.text)) for part in parts]
        while len(parts) > 1 and sum(costs) > self._max:
            parts.pop()
            costs.pop()
        if len(parts) < 2:
            return []
        text = "\n".join(part.text for part in parts)
        draft = self._of(caption, "composite", text, len(self._tokenizer.spans(text)), parts)
        if not self._run.text:
            return [draft]
        self._waiting.append((len(self._run), draft))
        return []

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


def _is_page_number(block: Block) -> bool:
    """Return whether a text stands beside the running text, or has no word."""
    return block.aside or not any(map(str.isalpha, block.text))


def _is_title_again(block: Block) -> bool:
    """Return whether a heading says that a table continues below it."""
    return block.kind == "heading" and is_continued(block.text)


def _line(text: str) -> str:
    return " ".join(text.split())


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
