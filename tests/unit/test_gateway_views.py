"""What is told of the work on a document, derived from its row alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.views import current_step, error_view, eta_seconds, status_view
from shared.database.schema import Document

START = datetime(2024, 1, 1, tzinfo=UTC)


def document(**columns: Any) -> Document:
    given: dict[str, Any] = {
        "document_id": "d",
        "status": "processing",
        "revision": 1,
        "progress": 40.0,
        "page_count": 10,
        "pages_read": 10,
        "extracted_chunks": 8,
        "total_chunks": 8,
        "indexed_chunks": 2,
        "text_chunks": 8,
        "table_chunks": 0,
        "image_chunks": 0,
        "composite_chunks": 0,
        "created_at": START,
        "started_at": START,
    }
    return Document(**given | columns)


@pytest.mark.parametrize(
    ("columns", "embedded", "expected"),
    [
        ({"status": "pending"}, 0, "waiting"),
        ({"extracted_chunks": None, "pages_read": 3}, 8, "reading"),
        ({}, 4, "embedding"),
        ({}, 8, "indexing"),
        ({"status": "completed"}, 8, "completed"),
        ({"status": "failed"}, 0, "failed"),
        ({"status": "deleting"}, 0, "removing"),
        ({"status": "gone"}, 0, "removed"),
    ],
)
def test_the_current_step_is_the_earliest_with_work_left(
    columns: dict[str, Any], embedded: int, expected: str
) -> None:
    assert current_step(document(**columns), embedded) == expected


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
def test_the_time_to_go_follows_from_the_pace_so_far(
    columns: dict[str, Any], seconds: int, expected: float | None
) -> None:
    assert eta_seconds(document(**columns), START + timedelta(seconds=seconds)) == expected


def test_totals_are_unknown_until_reading_is_done() -> None:
    early = status_view(document(extracted_chunks=None), embedded=4, now=START)
    late = status_view(document(), embedded=4, now=START)
    assert (early.stages.embedding.done, early.stages.embedding.total) == (4, None)
    assert (late.stages.embedding.done, late.stages.embedding.total) == (4, 8)
    assert (late.stages.indexing.done, late.stages.indexing.total) == (2, 8)
    assert (late.stages.reading.done, late.stages.reading.total) == (10, 10)


def test_a_failure_names_code_stage_and_sentence() -> None:
    failed = document(error_code="encrypted", error_stage="extract", error_message="Locked.")
    error = error_view(failed)
    assert error is not None
    assert (error.code, error.stage, error.message) == ("encrypted", "reading", "Locked.")
    assert error_view(document()) is None
