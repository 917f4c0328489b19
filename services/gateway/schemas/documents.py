"""Documents as clients see, list and change them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.gateway.schemas.base import EXAMPLE_ID, Collection, Line, Percent, Prose, RowSchema
from services.gateway.schemas.metadata import Metadata
from shared.database.schema import Document
from shared.domain.stages import EXTRACT, label_of
from shared.domain.status import READ, WORKING
from shared.domain.versions import READER_VERSION
from shared.http.problems import Problem
from shared.ledger.tasks import task_id_for


class ProcessingError(BaseModel):
    """Why a document failed: a code, the stage, and a sentence that says what to do."""

    code: str = Field(examples=["encrypted"])
    stage: str = Field(examples=["reading"])
    message: str

    @classmethod
    def of(cls, document: Document) -> Self | None:
        """Return the document's error, or None if it has none."""
        if document.error_code is None:
            return None
        return cls(
            code=document.error_code,
            stage=label_of(document.error_stage or ""),
            message=document.error_message or "",
        )


_NO_RECOGNITION = (
    "This server has no text recognition: once its operator has installed Tesseract, process the"
    " document again."
)
_ADVICE = {
    "no_text": _NO_RECOGNITION,
    "garbled": _NO_RECOGNITION,
    "not_recognised": "Text recognition failed, or has no data of the document's language.",
}


class UnreadPages(BaseModel):
    """The pages whose text could not be read, by reason."""

    count: int
    reasons: dict[str, int] = Field(
        description="`no_text`: pictures, as of a scan; `garbled`: fonts that do not say which"
        " letters they show; `damaged`: pages that could not be parsed; `nothing_recognised`: text"
        " recognition found no text; `not_recognised`: it failed, or lacks the language",
        examples=[{"no_text": 5}],
    )
    message: str = Field(examples=["5 of 6 pages have no readable text."])

    @classmethod
    def of(cls, document: Document) -> Self | None:
        """Return the unread pages of a document; None if all pages were read."""
        reasons = document.pages_unread
        if not reasons:
            return None
        count = sum(reasons.values())
        total = (
            f"{count} of {document.page_count} pages" if document.page_count else f"{count} pages"
        )
        verb = "has" if count == 1 else "have"
        message = f"{total} {verb} no readable text."
        if document.status not in WORKING:
            advice = (_ADVICE[reason] for reason in _ADVICE if reason in reasons)
            message = " ".join([message, *dict.fromkeys(advice)])
        return cls(count=count, reasons=reasons, message=message)


class UnreadMember(BaseModel):
    """A file in a document that became no document of its own, and why."""

    path: str = Field(examples=["minutes/2024.doc"])
    code: str = Field(
        description="`duplicate`: the collection already has the file; else as the codes of errors",
        examples=["unsupported_type"],
    )
    message: str
    document_id: str | None = Field(None, description="Of a duplicate: the document that has it")


class UnreadMembers(BaseModel):
    """The files in a document that became no documents; at most 100 are listed."""

    count: int
    members: list[UnreadMember]


class DocumentView(RowSchema):
    """A document; its counts and progress are those of `revision`."""

    document_id: str = Field(examples=[EXAMPLE_ID])
    title: str
    description: str
    file_name: str = Field(examples=["handbook.pdf"])
    file_size: int = Field(description="Bytes")
    file_type: str = Field(examples=["pdf"])
    sha256: str
    collection: str
    parent_id: str | None = Field(
        description="The archive or e-mail that it is a file of: they are deleted, moved and"
        " cancelled together"
    )
    member_path: str = Field(
        description="Where it is in its parent; empty without one", examples=["minutes/2024.pdf"]
    )
    metadata: dict[str, Any]
    status: str = Field(examples=["processing"])
    revision: int
    progress: Percent = Field(description="0 to 100")
    page_count: int | None
    pages_read: int
    pages_unread: UnreadPages | None = Field(
        description="Pages without readable text, also of a completed document"
    )
    members_unread: UnreadMembers | None = Field(
        description="Files in an archive or e-mail that became no documents of their own"
    )
    pages_recognised: int = Field(description="Pages that passed text recognition")
    ocr_languages: str = Field(
        description="The document's own languages for text recognition; empty: the server's",
        examples=["deu+eng"],
    )
    reader_version: int | None = Field(
        description="Version of the readers that read it; null before reading, and for documents"
        " of versions that did not note it"
    )
    is_stale: bool = Field(
        description="Whether an older version read it, so that processing it again may improve it"
    )
    total_chunks: int
    indexed_chunks: int
    text_chunks: int
    table_chunks: int
    image_chunks: int
    composite_chunks: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    processed_at: datetime | None
    processing_time_seconds: float | None
    error: ProcessingError | None
    task_id: str = Field(description="Id of the task that reads the document")

    @classmethod
    def from_row(cls, document: Document, **derived: Any) -> Self:
        """Return the schema of a document; `derived` are the fields of a subclass."""
        return cls.from_columns(
            document,
            metadata=document.metadata_,
            error=ProcessingError.of(document),
            pages_unread=UnreadPages.of(document),
            is_stale=document.status in READ and (document.reader_version or 0) < READER_VERSION,
            task_id=extract_task(document),
            **derived,
        )


class UploadedDocument(DocumentView):
    """An uploaded document; `duplicate_of` is set if its collection already had the same file."""

    duplicate_of: str | None = None

    @classmethod
    def sent(cls, document: Document, *, is_duplicate: bool) -> Self:
        """Return the schema of an uploaded document, or of the duplicate that was found."""
        known = document.document_id if is_duplicate else None
        return cls.from_row(document, duplicate_of=known)


class RefusedFile(BaseModel):
    """The problem of one file of an upload whose other files were accepted."""

    file: str = Field(examples=["holiday.png"])
    status: int = Field(examples=[415])
    code: str = Field(examples=["unsupported_type"])
    detail: str = Field(examples=["A PNG image can't be read."])

    @classmethod
    def of(cls, file: str, problem: Problem) -> Self:
        """Return the schema of a problem."""
        return cls(file=file, status=problem.status, code=problem.code, detail=problem.detail)


class UploadedDocuments(BaseModel):
    """The documents of several uploaded files, in the order in which they were sent."""

    documents: list[UploadedDocument]
    refused: list[RefusedFile] = Field(
        [], description="The other files, in the order in which they were sent, with their problems"
    )


class DocumentPage(BaseModel):
    """A page of documents, newest first."""

    documents: list[DocumentView]
    total: int = Field(description="Documents that match the filters, on all pages")
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; null on the last"
    )
    as_of: str = Field(
        description="Id of the last event that this state surely includes; follow those after it",
        examples=["3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10-17"],
    )


class DocumentChange(BaseModel):
    """Changes to a document; a field that is not sent, or is null, stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"title": "Handbook"}})

    title: Line | None = None
    description: Prose | None = None
    metadata: Metadata | None = Field(default=None, description="Replaces all metadata")
    collection: Collection | None = None

    @model_validator(mode="after")
    def _says_something(self) -> DocumentChange:
        if not self.changes():
            raise ValueError("send a title, a description, metadata or a collection")
        return self

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent."""
        return {name: value for name, value in self if value is not None}


def extract_task(document: Document) -> str:
    """Return the id of the task that reads the document's current revision."""
    return task_id_for(document.document_id, document.revision, EXTRACT.name, 0)
