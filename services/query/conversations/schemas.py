"""HTTP shapes of conversations: requests, then answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.query.metadata_filter import storable
from services.query.schemas import LogView


class ConversationRequest(BaseModel):
    """The title of a conversation."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=200), AfterValidator(storable)] = Field(
        "", description="Empty: the first question becomes the title"
    )


class ConversationView(BaseModel):
    """A conversation."""

    model_config = ConfigDict(from_attributes=True)

    conversation_id: str
    title: str
    created_at: datetime
    updated_at: datetime


class ConversationDetail(ConversationView):
    """A conversation with its turns, in order."""

    turns: list[LogView]


class ConversationPage(BaseModel):
    """Conversations, last used first; `next_cursor` is None on the last page."""

    conversations: list[ConversationView]
    next_cursor: str | None
