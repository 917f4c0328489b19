"""What a reader yields and what a chunk is: values without behaviour, free of any parser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # Readers need not load what settings are read with.
    from shared.settings import Settings

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in points, origin at the top left of the page as displayed (rotation applied)."""

Span = tuple[int, int]
"""Start and end of a stretch of text, as offsets in it."""

BlockKind = Literal["heading", "paragraph", "list", "table", "image", "caption"]
ChunkType = Literal["text", "table", "image", "composite"]
FileType = Literal["pdf", "docx", "txt", "md"]


class Tokenizer(Protocol):
    """Splits a text into tokens and tells where each one lies in it."""

    def spans(self, text: str) -> list[Span]:
        """Start and end of every token of `text`, in order, without special tokens."""
        ...


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page in reading order.

    `level` counts for headings only (1 is the highest). `rows` are a table's cells; its `text` is
    empty. `line_ends` gives, for each printed line, where it ends in `text` and its box, so that a
    chunk cut from the middle of a paragraph still has an exact place on the page.
    """

    kind: BlockKind
    text: str
    page: int
    box: Box | None = None
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    image: bytes | None = None
    image_ext: str = ""
    line_ends: tuple[tuple[int, Box], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page, or a slice of one: a reader may yield several slices with the same number.

    `count` is the number of pages of the document, None while unknown; `bad` marks a page that
    could not be read.
    """

    number: int
    blocks: tuple[Block, ...] = ()
    width: float = 0.0
    height: float = 0.0
    count: int | None = None
    bad: bool = False


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk before it has an id. `page_num`, from 1, is where it starts; `box` lies there."""

    content: str
    chunk_type: ChunkType
    token_count: int
    page_num: int | None
    box: Box | None = None
    section: str = ""
    image: bytes | None = None
    image_ext: str = ""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How one file is read. `strict` reads text only and survives a page that kills the parser."""

    file_type: FileType
    tokenizer_path: str
    max_tokens: int = 250
    overlap_tokens: int = 0
    strict: bool = False
    password: str | None = None
    first_page: int = 1


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """What one file may cost. Sizes in MiB, times in seconds.

    `page_seconds` is the longest a reader may be silent: for one page, or for opening the file.
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


def limits_from(settings: Settings) -> ReaderLimits:
    """What the settings allow one file."""
    return ReaderLimits(
        max_pages=settings.max_pages,
        wall_seconds=settings.parser_seconds,
        page_seconds=settings.parser_page_seconds,
        memory_mb=settings.parser_memory_mb,
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """What reading a whole file came to. `cpu_seconds` and `peak_memory_mb` are the child's own."""

    chunks: int
    tokens: int
    pages: int
    bad_pages: int
    cpu_seconds: float
    peak_memory_mb: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Some chunks of a file, in order. A batch without chunks only reports progress.

    The chunks of the n-th batch that has any are the same each time a file is read the same way.
    """

    chunks: tuple[ChunkDraft, ...]
    pages_done: int
    page_count: int | None
    totals: Totals | None = None

    @property
    def done(self) -> bool:
        """True for the last batch only, which carries the totals."""
        return self.totals is not None

    @property
    def bad_pages(self) -> int:
        """Pages that could not be read; known from the last batch."""
        return self.totals.bad_pages if self.totals else 0
