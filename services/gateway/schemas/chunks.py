"""Chunks of a document as clients see them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from services.gateway.schemas.base import RowSchema
from shared.database.schema import Chunk
from shared.text import chunk_sentences
from shared.text.chunk_sentences import Kind


class Box(BaseModel):
    """A rectangle in points, measured from the top left corner of the page as displayed."""

    x0: float
    y0: float
    x1: float
    y1: float


class LineBox(BaseModel):
    """A printed line, in points from the top left corner of its page before it is rotated."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class SentenceView(BaseModel):
    """A sentence, heading, list item or table row of a chunk: `content[start:end]`."""

    sentence_id: str
    start: int = Field(description="In code points of `content`")
    end: int
    kind: Kind = Field(description="heading: also a row that names the columns of a table")
    page: int | None = Field(description="Page on which it begins; null: not known")
    page_label: str | None = Field(description="Number of that page in the file's own count")
    boxes: list[LineBox] = Field(description="One for each printed line")
    hidden: bool = Field(description="A part can't be seen in the source")
    struck: bool = Field(description="A part is struck out in the source")

    @classmethod
    def all_of(cls, chunk: Chunk) -> list[Self]:
        """Return the sentences of a chunk; [] for one that was stored without any."""
        return [
            cls(
                sentence_id=chunk_sentences.sentence_id(chunk.chunk_id, number),
                start=each.start,
                end=each.end,
                kind=each.kind,
                page=each.page,
                page_label=each.page_label,
                boxes=[LineBox(**box._asdict()) for box in each.boxes],
                hidden=each.hidden,
                struck=each.struck,
            )
            for number, each in enumerate(chunk_sentences.decode(chunk.sentences))
        ]


class ChunkView(RowSchema):
    """One chunk of a document."""

    chunk_id: str
    ordinal: int
    chunk_type: str = Field(examples=["text"])
    content: str
    page: int | None
    bbox: Box | None
    section: str
    token_count: int
    is_indexed: bool
    picture: str | None = Field(description="Path of the picture of an image chunk")
    ocr_confidence: float | None = Field(
        description="0 to 1, of text that was recognised in a picture; null for printed text"
    )
    sentences: list[SentenceView] | None = Field(description="null unless they were asked for")

    @classmethod
    def from_row(cls, chunk: Chunk, *, sentences: bool = False) -> Self:
        """Return the chunk, with the address of its picture instead of a blob key."""
        picture = f"/api/v1/documents/{chunk.document_id}/chunks/{chunk.chunk_id}/picture"
        return cls.from_columns(
            chunk,
            page=chunk.page_num,
            bbox=chunk.box or None,
            picture=picture if chunk.image_path else None,
            sentences=SentenceView.all_of(chunk) if sentences else None,
        )


class ChunkPage(BaseModel):
    """A page of chunks of one revision, in reading order."""

    document_id: str
    revision: int
    chunks: list[ChunkView]
    next_cursor: str | None
