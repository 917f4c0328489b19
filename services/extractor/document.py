"""Value types of the extractor: blocks, pages, chunks, limits and batches; imports no parser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from shared.text.chunk_sentences import Sentence

if TYPE_CHECKING:  # Keeps the settings library out of readers.
    from shared.settings import Settings

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in points; origin at the top left of the page as displayed (rotation applied)."""

Span = tuple[int, int]
"""Start and end offset of a part of a text, in characters."""

MAX_LABEL = 32  # characters of the number that a page has in the file's own count

BlockKind = Literal["heading", "paragraph", "list", "field", "table", "image", "caption", "comment"]
ChunkType = Literal["text", "table", "image", "composite"]
View = Literal["text", "preview", "picture", "words", "scan", "members"]
"""What is made of a file: chunks, small unrotated pictures of its pages, pictures as displayed,
words, pictures for text recognition, or the files in it."""


class Tokenizer(Protocol):
    """Splits a text into tokens and returns their offsets."""

    def spans(self, text: str) -> list[Span]:
        """Return (start, end) of every token of `text`, in order, without special tokens."""
        ...


class Mark(NamedTuple):
    """A stretch of a text, by start and end offset, that is hidden or struck out in the source."""

    start: int
    end: int
    hidden: bool = False
    struck: bool = False

    def moved(self, shift: int) -> Mark:
        """Return the mark with offsets that are larger by `shift`."""
        return self._replace(start=self.start + shift, end=self.end + shift)


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, table or picture of a page, in reading order.

    `page` is None in a format without pages. `level` is set for headings only (1 is the highest).
    `rows` are a table's cells; its `text` is empty. `row_boxes` and `row_pages` are those of each
    row, () if all rows have those of the table; `row_marks` are marks with numbers of rows as
    offsets. `line_ends` has, for each printed line, its end offset in `text` and its box, so that a
    chunk cut from the middle of a paragraph has an exact box on the page.
    """

    kind: BlockKind
    text: str
    page: int | None
    box: Box | None = None
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    image: bytes | None = None
    image_ext: str = ""
    line_ends: tuple[tuple[int, Box], ...] = ()
    marks: tuple[Mark, ...] = ()
    row_boxes: tuple[Box, ...] = ()
    row_pages: tuple[int, ...] = ()
    row_marks: tuple[Mark, ...] = ()
    header: int | None = None
    """How many first rows of a table name its columns; None if the format does not say so."""

    aside: bool = False
    """Whether it stands beside the running text: a running header, a footnote, a margin note."""

    @property
    def size(self) -> int:
        """Return the number of characters of its text and cells."""
        return len(self.text) + sum(len(cell) for row in self.rows for cell in row)


@dataclass(frozen=True, slots=True)
class Page:
    """The blocks of a page or of a slice of it; slices of one page share its number.

    `count` is the number of pages of the document, None while unknown. `width` and `height` are in
    points, of the page as displayed after `turns` clockwise quarter turns. `bad` marks a page that
    could not be read.
    """

    number: int
    blocks: tuple[Block, ...] = ()
    width: float = 0.0
    height: float = 0.0
    count: int | None = None
    bad: bool = False
    turns: int = 0
    label: str = ""
    """The page's number in the file's own count, such as "iv"; "" if the file has none."""
    unread: str = ""
    """Why its text could not be read: "no_text", "garbled", or "" if it could."""


class UnreadPage(NamedTuple):
    """A page without readable text: its number, why, and how it is rotated (see `Page.turns`).

    `chunks_before` is the number of chunks of the file that stand before the page.
    """

    number: int
    reason: str
    turns: int = 0
    chunks_before: int = 0


class Member(NamedTuple):
    """A piece of a file within a file; the pieces of one follow one another, up to the `last`.

    `path` is its place in the outer file, or the name of an attachment. `refusal` (code, sentence)
    says why it is not given out; it comes with its last piece.
    """

    path: str
    data: bytes = b""
    last: bool = True
    refusal: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk without its id; it starts on `page_num` (from 1), and `box` is on that page.

    Boxes of `sentences` are on the unrotated page; offsets are in `content`.
    """

    content: str
    chunk_type: ChunkType
    token_count: int
    page_num: int | None
    box: Box | None = None
    section: str = ""
    image: bytes | None = None
    image_ext: str = ""
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options to read one file; `strict` reads text only and skips pages that crash the parser.

    A `view` other than "text" is of pages, from `first_page` to `last_page` if that is set. `marks`
    are boxes that a picture shows, on the unrotated page, or as displayed if `marks_displayed`.
    `slope` are the degrees by which a scan is turned clockwise.
    """

    file_type: str
    tokenizer_path: str
    max_tokens: int = 250
    overlap_tokens: int = 0
    strict: bool = False
    password: str | None = None
    first_page: int = 1
    last_page: int | None = None
    view: View = "text"
    slope: float = 0.0
    marks: tuple[Box, ...] = ()
    marks_displayed: bool = False


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """Limits the resources that one file may use: sizes in MiB, times in seconds.

    `page_seconds` bounds the time between two frames: one page, or opening the file. `memory_mb` is
    what a reader may map beyond the forkserver's memory, `output_mb` the sum of its frames.
    `max_part_mb`, `max_archive_mb` and `max_entries` bound the unpacked ZIP archive of a DOCX.
    `max_members` is the number of files that become documents of one upload, `max_members_mb` their
    size in all.
    """

    max_pages: int = 10_000
    wall_seconds: float = 900.0
    page_seconds: float = 60.0
    cpu_seconds: int = 600
    memory_mb: int = 768
    output_mb: int = 256
    max_images: int = 200
    max_part_mb: int = 64
    max_archive_mb: int = 256
    max_entries: int = 4_096
    max_members: int = 1_000
    max_members_mb: int = 1_024


def limits_from(settings: Settings) -> ReaderLimits:
    """Return the limits that the settings configure, with defaults for the rest."""
    return ReaderLimits(
        max_pages=settings.max_pages,
        wall_seconds=settings.parser_seconds,
        page_seconds=settings.parser_page_seconds,
        memory_mb=settings.parser_memory_mb,
        max_members=settings.max_members,
        max_members_mb=settings.max_members_mb,
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums up a read file; `cpu_seconds` and `peak_memory_mb` are those of its reader processes.

    `unread` has the number of pages without readable text by reason, those of `bad_pages` too.
    """

    chunks: int
    tokens: int
    pages: int
    bad_pages: int
    unread: Mapping[str, int]
    cpu_seconds: float
    peak_memory_mb: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive chunks of a file; a batch without chunks only reports progress.

    Reading a file again with the same options yields the same non-empty batches.
    """

    chunks: tuple[ChunkDraft, ...]
    pages_done: int
    page_count: int | None
    totals: Totals | None = None
    unread: tuple[UnreadPage, ...] = ()
    """The pages without readable text since the last batch."""

    @property
    def done(self) -> bool:
        """Return whether this is the last batch, which carries the totals."""
        return self.totals is not None

    @property
    def bad_pages(self) -> int:
        """Return the number of unreadable pages; 0 before the last batch."""
        return self.totals.bad_pages if self.totals else 0
