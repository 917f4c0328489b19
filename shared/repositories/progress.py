"""Reads how far the work on a document is, in one statement: clients ask for it most often."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.schema import Chunk, Document, EventHistory, ProcessingTask
from shared.domain.stages import CHUNK_STAGES, INDEX, Stage
from shared.domain.status import WORKING
from shared.repositories import access

# Columns of the tables, not of the ORM: rows take a third of the time that objects take.
_DOCUMENT = Document.__table__.c
_TASK, _CHUNK = ProcessingTask.__table__.c, Chunk.__table__.c
_CHUNKS_OF_BATCH = (
    select(func.count())
    .where(
        _CHUNK.document_id == _TASK.document_id,
        _CHUNK.revision == _TASK.revision,
        _CHUNK.batch == _TASK.batch,
    )
    .correlate(ProcessingTask.__table__)
    .scalar_subquery()
)


def _passed(stage: Stage) -> ColumnElement[Any]:
    """Return the number of chunks that passed the stage.

    Indexed chunks are counted in a column. For any other stage they are the chunks of the batches
    that it completed: counted by batch, so that not every chunk looks for its task.
    """
    if stage is INDEX:
        return _DOCUMENT.indexed_chunks
    completed = (
        select(func.coalesce(func.sum(_CHUNKS_OF_BATCH), 0))
        .where(
            _TASK.document_id == _DOCUMENT.document_id,
            _TASK.revision == _DOCUMENT.revision,
            _TASK.task_type == stage.name,
            _TASK.status == "completed",
        )
        .correlate(Document.__table__)
        .scalar_subquery()
    )
    return case((_DOCUMENT.status.in_(WORKING), completed), else_=_DOCUMENT.indexed_chunks)


_PROGRESS: Select[Any] = select(
    *_DOCUMENT,
    sql.now().label("now"),
    # In the same statement, so that the state includes exactly the events up to this number.
    select(EventHistory.epoch).scalar_subquery().label("epoch"),
    select(EventHistory.last_seq).scalar_subquery().label("last_seq"),
    *(_passed(stage).label(f"{stage.name}_passed") for stage in CHUNK_STAGES),
).where(_DOCUMENT.document_id == bindparam("id"))


def of_document(session: Session, document_id: str) -> Row[Any] | None:
    """Return the document's columns and the database's `now`, or None.

    The column `{name}_passed` is the number of chunks that passed the stage of that name.
    """
    query = _PROGRESS
    if access.is_bounded():
        query = query.where(*access.on_documents())
    return session.connection().execute(query, {"id": document_id}).one_or_none()
