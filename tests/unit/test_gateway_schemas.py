"""The JSON of documents, passages, tasks and progress, as it follows from their rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.gateway.schemas.chunks import ChunkView
from services.gateway.schemas.documents import DocumentView, ProcessingError, UploadedDocument
from services.gateway.schemas.status import ProcessingStatus, current_step, eta_seconds
from services.gateway.schemas.tasks import TaskView
from shared.database.schema import Chunk, Document, ProcessingTask

START = datetime(2024, 1, 1, tzinfo=UTC)


INSTALL = (
    "This server has no text recognition: once its operator has installed Tesseract, process the"
    " document again."
)


def columns(table: type[Any], **given: Any) -> dict[str, Any]:
    """Values for every column of a table: those given, the defaults, or None."""
    defaults = {
        name: column.default.arg if column.default and column.default.is_scalar else None
        for name, column in table.__mapper__.columns.items()
    }
    return defaults | given


def document(**given: Any) -> Document:
    values = {
        "document_id": "d",
        "status": "processing",
        "metadata_": {"department": "quality"},
        "progress": 40.0,
        "page_count": 10,
        "pages_read": 10,
        "extracted_chunks": 8,
        "total_chunks": 8,
        "indexed_chunks": 2,
        "text_chunks": 8,
        "created_at": START,
        "updated_at": START,
        "started_at": START,
    }
    return Document(**columns(Document, **values | given))


def progress_row(*, embedded: int = 0, now: datetime = START, **given: Any) -> SimpleNamespace:
    found = document(**given)
    values = {name: getattr(found, name) for name in Document.__mapper__.columns.keys()}  # noqa: SIM118
    passed = {"embed_passed": embedded, "index_passed": found.indexed_chunks}
    return SimpleNamespace(**values, **passed, now=now, epoch="e", last_seq=17)


@pytest.mark.parametrize(
    ("columns", "embedded", "expected"),
    [
        ({"status": "pending"}, 0, "waiting"),
        ({"extracted_chunks": None, "pages_read": 3}, 8, "reading"),
        ({"pages_to_recognise": 2, "pages_recognised": 1}, 8, "recognising"),
        ({"pages_to_recognise": 2, "pages_recognised": 2}, 4, "embedding"),
        ({}, 4, "embedding"),
        ({}, 8, "indexing"),
        ({"indexed_chunks": 8}, 8, "indexing"),
        ({"status": "completed"}, 8, "completed"),
        ({"status": "failed"}, 0, "failed"),
        ({"status": "deleting"}, 0, "removing"),
        ({"status": "gone"}, 0, "removed"),
    ],
)
def test_the_current_step_is_the_earliest_unfinished_one(
    columns: dict[str, Any], embedded: int, expected: str
) -> None:
    assert current_step(progress_row(embedded=embedded, **columns)) == expected


@pytest.mark.parametrize(
    ("columns", "seconds", "expected"),
    [
        ({"progress": 50.0}, 30, 30.0),
        ({"progress": 75.0}, 30, 10.0),
        ({"progress": 0.0}, 30, None),
        ({"progress": 50.0, "started_at": None}, 30, None),
        ({"progress": 100.0, "status": "completed"}, 30, None),
        ({"progress": 50.0}, -5, 0.0),
    ],
)
def test_the_remaining_time_is_extrapolated_from_the_progress(
    columns: dict[str, Any], seconds: int, expected: float | None
) -> None:
    assert eta_seconds(progress_row(now=START + timedelta(seconds=seconds), **columns)) == expected


def test_totals_are_unknown_until_reading_is_done() -> None:
    early = ProcessingStatus.from_row(progress_row(extracted_chunks=None, embedded=4))
    late = ProcessingStatus.from_row(progress_row(embedded=4))
    assert early.stages.model_dump() == {
        "reading": {"done": 10, "total": 10},
        "recognising": {"done": 0, "total": None},
        "embedding": {"done": 4, "total": None},
        "indexing": {"done": 2, "total": None},
    }
    assert late.stages.model_dump() == {
        "reading": {"done": 10, "total": 10},
        "recognising": {"done": 0, "total": 0},
        "embedding": {"done": 4, "total": 8},
        "indexing": {"done": 2, "total": 8},
    }


def test_work_is_completed_only_in_a_final_state() -> None:
    again = ProcessingStatus.from_row(progress_row(processed_at=START))
    ended = ProcessingStatus.from_row(progress_row(processed_at=START, status="completed"))
    assert (again.completed_at, ended.completed_at) == (None, START)


def test_a_failure_names_code_stage_and_sentence() -> None:
    failed = document(error_code="encrypted", error_stage="extract", error_message="Locked.")
    error = ProcessingError.of(failed)
    assert error is not None
    assert (error.code, error.stage, error.message) == ("encrypted", "reading", "Locked.")
    assert ProcessingError.of(document()) is None


def test_a_document_shows_its_columns_and_rounds_its_progress() -> None:
    view = DocumentView.from_row(document(progress=12.345, file_name="a.pdf"))
    assert (view.file_name, view.progress) == ("a.pdf", 12.3)
    assert view.metadata == {"department": "quality"}
    assert view.task_id != DocumentView.from_row(document(revision=2)).task_id


@pytest.mark.parametrize(
    ("pages", "reasons", "message"),
    [
        (6, {"no_text": 4, "garbled": 1}, f"5 of 6 pages have no readable text. {INSTALL}"),
        (6, {"damaged": 1}, "1 of 6 pages has no readable text."),
        (None, {"no_text": 2}, f"2 pages have no readable text. {INSTALL}"),
        (2, {"nothing_recognised": 1}, "1 of 2 pages has no readable text."),
    ],
)
def test_unread_pages_are_told_beside_the_state(
    pages: int | None, reasons: dict[str, int], message: str
) -> None:
    found = document(status="completed", page_count=pages, pages_unread=reasons)
    view = DocumentView.from_row(found)
    assert view.pages_unread is not None
    assert (view.pages_unread.message, view.pages_unread.reasons) == (message, reasons)
    assert DocumentView.from_row(document()).pages_unread is None


def test_an_upload_names_the_document_that_has_the_same_bytes() -> None:
    assert UploadedDocument.sent(document(), is_duplicate=True).duplicate_of == "d"
    assert UploadedDocument.sent(document(), is_duplicate=False).duplicate_of is None


def test_a_passage_shows_where_it_stands_and_where_its_picture_is() -> None:
    place = {"x0": 1.0, "y0": 2.0, "x1": 3.0, "y1": 4.0}
    known = {"chunk_id": "c", "document_id": "d", "ordinal": 0, "content": "", "page_num": 3}
    row = columns(Chunk, **known, token_count=1, chunk_type="image")
    shown = ChunkView.from_row(Chunk(**row | {"box": place, "image_path": "pictures/d/1.png"}))
    plain = ChunkView.from_row(Chunk(**row | {"box": {}, "image_path": None}))
    assert shown.bbox is not None
    assert (shown.page, shown.bbox.model_dump()) == (3, place)
    assert shown.picture == "/api/v1/documents/d/chunks/c/picture"
    assert (plain.bbox, plain.picture) == (None, None)


def test_a_task_shows_its_columns_without_its_lease() -> None:
    given = {"task_id": "t", "task_type": "extract", "created_at": START, "progress": 99.96}
    row = columns(ProcessingTask, **given, revision=1, current_step="reading", total_steps=3)
    shown = TaskView.model_validate(ProcessingTask(**row)).model_dump()
    assert (shown["task_id"], shown["progress"]) == ("t", 100.0)
    assert not any("lease" in name for name in shown)
