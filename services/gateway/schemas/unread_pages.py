"""Pages without text that a parser can read, and what text recognition made of them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from services.gateway.schemas.base import EXAMPLE_ID, RowSchema


class UnreadPageView(RowSchema):
    """One page; engine, languages and confidence are null until it passed text recognition."""

    page: int
    reason: str = Field(examples=["no_text"])
    state: Literal["unread", "read", "empty", "failed"] = Field(
        description="`unread`: waits, or nothing recognises it; `empty`: no text was found"
    )
    engine: str | None = Field(examples=["tesseract 5.3.0"])
    languages: str | None = Field(examples=["deu+eng"])
    confidence: float | None = Field(description="Mean of all letters, 0 to 1")


class UnreadPageList(BaseModel):
    """The pages of a revision, in order."""

    document_id: str = Field(examples=[EXAMPLE_ID])
    revision: int
    pages: list[UnreadPageView]
