"""The progress of the work on a document, derived from its row."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field, create_model

from services.gateway.schemas.base import EXAMPLE_ID, Percent, RowSchema
from services.gateway.schemas.documents import ProcessingError, extract_task
from shared.domain.position import Position
from shared.domain.stages import CHUNK_STAGES, DELETE, EXTRACT, PROGRESS_STAGES, RECOGNISE
from shared.domain.status import FINISHED

_STEP_OF_STATUS = {
    "pending": "waiting",
    "deleting": DELETE.label,
    "gone": "removed",
}


class Stage(BaseModel):
    """The progress of one stage; `total` is null until it is known."""

    done: int
    total: int | None


Stages = create_model(
    "Stages",
    __doc__="The progress by stage: reading and recognising count pages, the others chunks.",
    **{stage.label: (Stage, ...) for stage in PROGRESS_STAGES},  # type: ignore[call-overload]
)


class ProcessingStatus(RowSchema):
    """The progress of the work on a document."""

    document_id: str = Field(examples=[EXAMPLE_ID])
    task_id: str
    status: str = Field(examples=["processing"])
    revision: int
    progress: Percent = Field(description="0 to 100; never decreases within a revision")
    current_step: str = Field(examples=["embedding"])
    total_steps: int = len(PROGRESS_STAGES)
    stages: Stages
    page_count: int | None
    pages_read: int
    total_chunks: int
    text_chunks: int
    table_chunks: int
    image_chunks: int
    composite_chunks: int
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    eta_seconds: float | None = Field(description="Estimated seconds left, at the pace so far")
    error: ProcessingError | None
    as_of: str = Field(
        description="Id of the last event that this state includes; follow those after it",
        examples=["3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10-17"],
    )

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """Return the status of a row of `shared.repositories.progress`."""
        total = row.total_chunks if row.extracted_chunks is not None else None
        return cls.from_columns(
            row,
            task_id=extract_task(row),
            current_step=current_step(row),
            total_steps=len(PROGRESS_STAGES),
            stages={
                EXTRACT.label: Stage(done=row.pages_read, total=row.page_count),
                RECOGNISE.label: Stage(
                    done=row.pages_recognised,
                    total=row.pages_to_recognise if row.extracted_chunks is not None else None,
                ),
                **{
                    each.label: Stage(done=passed(row, each.name), total=total)
                    for each in CHUNK_STAGES
                },
            },
            completed_at=row.processed_at if row.status in FINISHED else None,
            eta_seconds=eta_seconds(row),
            error=ProcessingError.of(row),
            as_of=str(Position(row.epoch or "", row.last_seq or 0)),
        )


def passed(row: Any, stage: str) -> int:
    """Return the number of the document's chunks that passed a stage."""
    return int(getattr(row, f"{stage}_passed"))


def current_step(row: Any) -> str:
    """Return the earliest stage with work left, or a word for the state if no work is done."""
    if row.status != "processing":
        return str(_STEP_OF_STATUS.get(row.status, row.status))
    if row.extracted_chunks is None:
        return EXTRACT.label
    if row.pages_recognised < row.pages_to_recognise:
        return RECOGNISE.label
    left = (each.label for each in CHUNK_STAGES if passed(row, each.name) < row.total_chunks)
    return next(left, CHUNK_STAGES[-1].label)


def eta_seconds(row: Any) -> float | None:
    """Return the seconds to go at the pace so far; None below 1 % or without work."""
    if row.status != "processing" or row.started_at is None or row.progress < 1:
        return None
    elapsed = (row.now - row.started_at).total_seconds()
    rest: float = elapsed * (100.0 - row.progress) / row.progress
    return round(max(0.0, rest), 1)
