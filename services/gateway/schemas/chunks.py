"""Chunks of a document as clients see them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from services.gateway.schemas.base import RowSchema
from shared.database.schema import Chunk


class Box(BaseModel):
    """A rectangle in points, measured from the top left corner of the page as displayed."""

    x0: float
    y0: float
    x1: float
    y1: float


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

    @classmethod
    def from_row(cls, chunk: Chunk) -> Self:
        """Return the chunk, with the address of its picture instead of a blob key."""
        picture = f"/api/v1/documents/{chunk.document_id}/chunks/{chunk.chunk_id}/picture"
        return cls.from_columns(
            chunk,
            page=chunk.page_num,
            bbox=chunk.box or None,
            picture=picture if chunk.image_path else None,
        )


class ChunkPage(BaseModel):
    """A page of chunks of one revision, in reading order."""

    document_id: str
    revision: int
    chunks: list[ChunkView]
    next_cursor: str | None
