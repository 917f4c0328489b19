"""The tables of what was asked and answered: questions and conversations."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import sql
from shared.database.declarative import Base, Id, one_of
from shared.database.sql import JsonType
from shared.domain.status import ANSWER_STATES, Grounding, Mode


class Conversation(Base):
    """Questions that belong together, each a turn; `key_collections` as in `QueryLog`."""

    __tablename__ = "conversations"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    principal: Mapped[str] = mapped_column(Text, default="")
    key_collections: Mapped[str] = mapped_column(Text, default="", server_default="")
    title: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    __table_args__ = (
        Index("ix_conversations_principal", "principal", "updated_at", "conversation_id"),
    )


class QueryLog(Base):
    """One question and its answer; a search for passages has no mode and no grounding.

    `principal` asked it, with a key that opens `key_collections` only (a JSON list; empty: any).
    `model` and its tokens and `cost` are of a generative answer; `fallback` is the reason why an
    answer is extractive although a language model is set.
    """

    __tablename__ = "query_logs"

    query_id: Mapped[str] = mapped_column(Id, primary_key=True)
    query_text: Mapped[str] = mapped_column(Text)
    response_text: Mapped[str | None] = mapped_column(Text)
    document_ids_used: Mapped[list[str]] = mapped_column(JsonType, default=list)
    chunks_retrieved: Mapped[int] = mapped_column(default=0)
    chunks_reranked: Mapped[int] = mapped_column(default=0)
    answered: Mapped[bool] = mapped_column(default=True)
    response_latency_ms: Mapped[float] = mapped_column(default=0.0)
    user_feedback: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    principal: Mapped[str] = mapped_column(Text, default="", server_default="")
    key_collections: Mapped[str] = mapped_column(Text, default="", server_default="")
    conversation_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("conversations.conversation_id", ondelete="CASCADE")
    )
    turn: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16), default="completed", server_default="completed")
    mode: Mapped[str | None] = mapped_column(String(16))
    grounding: Mapped[str | None] = mapped_column(String(16))
    citations: Mapped[list[Any] | None] = mapped_column(JsonType)
    claims: Mapped[list[Any] | None] = mapped_column(JsonType)
    fallback: Mapped[str | None] = mapped_column(String(32))
    model: Mapped[str | None] = mapped_column(Text)
    prompt_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    completion_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    cost: Mapped[float] = mapped_column(default=0.0, server_default="0")

    __table_args__ = (
        CheckConstraint(
            one_of("user_feedback", ("positive", "negative", "neutral")), name="user_feedback"
        ),
        CheckConstraint(one_of("state", ANSWER_STATES), name="state"),
        CheckConstraint(one_of("mode", get_args(Mode)), name="mode"),
        CheckConstraint(one_of("grounding", get_args(Grounding)), name="grounding"),
        Index("ix_query_logs_created", "created_at"),
        Index("ix_query_logs_principal", "principal", "created_at"),
        Index("ix_query_logs_conversation", "conversation_id", "turn"),
    )
