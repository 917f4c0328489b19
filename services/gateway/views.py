"""Rows as clients see them. Pure: a row goes in, a model comes out."""

from __future__ import annotations

from datetime import datetime

from services.gateway.schemas import (
    Box,
    ChunkView,
    DocumentView,
    ProcessingError,
    ProcessingStatus,
    Stage,
    Stages,
    TaskView,
    UploadedDocument,
)
from shared.database.schema import Chunk, Document, ProcessingTask
from shared.domain.stages import DELETE, EMBED, EXTRACT, INDEX, label_of
from shared.domain.status import FINISHED
from shared.ledger.tasks import task_id_for

_STEP_OF_STATUS = {
    "pending": "waiting",
    "deleting": DELETE.label,
    "gone": "removed",
}


def document_view(document: Document) -> DocumentView:
    """A document as it is."""
    return DocumentView(
        document_id=document.document_id,
        title=document.title,
        description=document.description,
        file_name=document.file_name,
        file_size=document.file_size,
        file_type=document.file_type,
        sha256=document.sha256,
        collection=document.collection,
        metadata=document.metadata_,
        status=document.status,
        revision=document.revision,
        progress=round(document.progress, 1),
        page_count=document.page_count,
        pages_read=document.pages_read,
        total_chunks=document.total_chunks,
        indexed_chunks=document.indexed_chunks,
        text_chunks=document.text_chunks,
        table_chunks=document.table_chunks,
        image_chunks=document.image_chunks,
        composite_chunks=document.composite_chunks,
        created_at=document.created_at,
        updated_at=document.updated_at,
        started_at=document.started_at,
        processed_at=document.processed_at,
        processing_time_seconds=document.processing_time_seconds,
        error=error_view(document),
        task_id=reading_task(document),
    )


def uploaded_view(document: Document, *, duplicate: bool) -> UploadedDocument:
    """The answer to an upload."""
    seen = document_view(document)
    return UploadedDocument(
        **seen.model_dump(), duplicate_of=document.document_id if duplicate else None
    )


def reading_task(document: Document) -> str:
    """The id of the task that reads the current revision."""
    return task_id_for(document.document_id, document.revision, EXTRACT.name, 0)


def error_view(document: Document) -> ProcessingError | None:
    """Why the document failed, or has nothing to find."""
    if document.error_code is None:
        return None
    return ProcessingError(
        code=document.error_code,
        stage=label_of(document.error_stage or ""),
        message=document.error_message or "",
    )


def status_view(document: Document, *, embedded: int, now: datetime) -> ProcessingStatus:
    """How the work goes, `embedded` passages having their vectors at the database's `now`."""
    chunks = document.total_chunks
    chunks_known = chunks if document.extracted_chunks is not None else None
    return ProcessingStatus(
        document_id=document.document_id,
        task_id=reading_task(document),
        status=document.status,
        revision=document.revision,
        progress=round(document.progress, 1),
        current_step=current_step(document, embedded),
        stages=Stages(
            reading=Stage(done=document.pages_read, total=document.page_count),
            embedding=Stage(done=embedded, total=chunks_known),
            indexing=Stage(done=document.indexed_chunks, total=chunks_known),
        ),
        page_count=document.page_count,
        pages_read=document.pages_read,
        total_chunks=chunks,
        text_chunks=document.text_chunks,
        table_chunks=document.table_chunks,
        image_chunks=document.image_chunks,
        composite_chunks=document.composite_chunks,
        created_at=document.created_at,
        started_at=document.started_at,
        completed_at=document.processed_at if document.status in FINISHED else None,
        eta_seconds=eta_seconds(document, now),
        error=error_view(document),
    )


def current_step(document: Document, embedded: int) -> str:
    """The earliest stage that still has work, or the state itself when there is none."""
    if document.status != "processing":
        return _STEP_OF_STATUS.get(document.status, document.status)
    if document.extracted_chunks is None:
        return EXTRACT.label
    return EMBED.label if embedded < document.total_chunks else INDEX.label


def eta_seconds(document: Document, now: datetime) -> float | None:
    """Time to go if the rest goes as the part before did; None while that says nothing."""
    if document.status != "processing" or document.started_at is None or document.progress < 1:
        return None
    elapsed = (now - document.started_at).total_seconds()
    return round(max(0.0, elapsed * (100.0 - document.progress) / document.progress), 1)


def chunk_view(chunk: Chunk) -> ChunkView:
    """One passage; a picture's address instead of its blob's key."""
    picture = f"/api/v1/documents/{chunk.document_id}/chunks/{chunk.chunk_id}/picture"
    return ChunkView(
        chunk_id=chunk.chunk_id,
        ordinal=chunk.ordinal,
        chunk_type=chunk.chunk_type,
        content=chunk.content,
        page=chunk.page_num,
        bbox=Box.model_validate(chunk.box) if chunk.box else None,
        section=chunk.section,
        token_count=chunk.token_count,
        is_indexed=chunk.is_indexed,
        picture=picture if chunk.image_path else None,
    )


def task_view(task: ProcessingTask) -> TaskView:
    """One task, without its lease."""
    return TaskView(
        task_id=task.task_id,
        task_type=task.task_type,
        revision=task.revision,
        batch=task.batch,
        status=task.status,
        progress=round(task.progress, 1),
        current_step=task.current_step,
        total_steps=task.total_steps,
        attempt=task.attempt,
        strict=task.strict,
        celery_task_id=task.celery_task_id,
        created_at=task.created_at,
        started_at=task.started_at,
        completed_at=task.completed_at,
        error_code=task.error_code,
        error_message=task.error_message,
    )
