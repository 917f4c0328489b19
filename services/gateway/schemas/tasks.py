"""Tasks of a document as clients see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.schemas.base import Percent


class TaskView(BaseModel):
    """One unit of work on a document."""

    model_config = ConfigDict(from_attributes=True)

    task_id: str
    task_type: str = Field(examples=["extract"])
    revision: int
    batch: int
    status: str
    progress: Percent
    current_step: str
    total_steps: int
    attempt: int
    strict: bool
    celery_task_id: str | None = Field(description="Id of its latest Celery message, if any")
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    error_code: str | None
    error_message: str | None


class TaskList(BaseModel):
    """Tasks of a document, in the order they were opened."""

    document_id: str
    tasks: list[TaskView]
