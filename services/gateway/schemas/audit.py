"""The audit log as administrators see it, and receipts of deletions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from services.gateway.schemas.base import EXAMPLE_ID, RowSchema
from shared.database.schema import AuditEntry


class AuditView(RowSchema):
    """One entry of the audit log; `hash` covers it and the `hash` of the one before."""

    seq: int
    at: datetime
    principal_id: str = Field(description="Empty: the system itself")
    key_id: str
    action: str = Field(examples=["document.upload"])
    object: str = Field(examples=[EXAMPLE_ID])
    result: str = Field(examples=["done"])
    address: str
    correlation_id: str
    details: dict[str, Any]
    previous_hash: str
    hash: str


class AuditPage(BaseModel):
    """A page of the audit log, in order."""

    entries: list[AuditView]
    next_cursor: str | None


class Receipt(BaseModel):
    """What was erased with a document; `seq` and `hash` are those of its entry in the audit log."""

    document_id: str = Field(examples=[EXAMPLE_ID])
    erased_at: datetime
    chunks: int = Field(description="Passages that were removed, with their vectors")
    answers: int = Field(description="Answers in the log of questions that used the document")
    responses: int = Field(description="Stored responses to repeated requests")
    children: int = Field(
        description="Documents made of files in it, which were deleted with it or before"
    )
    seq: int
    hash: str

    @classmethod
    def from_entry(cls, entry: AuditEntry) -> Self:
        """Return the receipt that an entry of the audit log is."""
        counted = {name: int(entry.details.get(name, 0)) for name in _COUNTED}
        return cls(
            document_id=entry.object,
            erased_at=entry.at,
            seq=entry.seq,
            hash=entry.hash,
            **counted,
        )


_COUNTED = ("chunks", "answers", "responses", "children")
