"""Transitions of states, and the computation of progress."""

from __future__ import annotations

import pytest

from shared.domain.status import document_progress, sources_of


@pytest.mark.parametrize(
    ("target", "sources"),
    [
        ("processing", {"pending"}),
        ("completed", {"processing"}),
        ("failed", {"pending", "processing"}),
        ("cancelled", {"pending", "processing"}),
        ("pending", {"completed", "completed_empty", "failed", "cancelled"}),
        ("gone", {"deleting"}),
    ],
)
def test_a_state_can_be_reached_only_from_allowed_states(target: str, sources: set[str]) -> None:
    assert sources_of(target) == sources


def test_every_document_that_is_not_deleted_can_be_deleted() -> None:
    assert sources_of("deleting") == {
        "pending",
        "processing",
        "completed",
        "completed_empty",
        "failed",
        "cancelled",
    }


@pytest.mark.parametrize(
    ("pages_read", "page_count", "chunks", "indexed", "extracted", "expected"),
    [
        (0, None, 0, 0, False, 0.0),
        (0, 10, 0, 0, False, 0.0),
        (5, 10, 20, 0, False, 7.5),
        (5, 10, 20, 20, False, 50.0),
        (10, 10, 40, 20, True, 57.5),
        (10, 10, 40, 40, True, 99.0),
        (0, 0, 0, 0, True, 15.0),
        (10, 10, 40, 40, False, 99.0),
    ],
)
def test_progress_counts_read_pages_and_indexed_chunks(
    pages_read: int,
    page_count: int | None,
    chunks: int,
    indexed: int,
    extracted: bool,
    expected: float,
) -> None:
    progress = document_progress(
        pages_read=pages_read,
        page_count=page_count,
        chunks=chunks,
        indexed=indexed,
        extracted=extracted,
    )
    assert progress == pytest.approx(expected, abs=1.0)
