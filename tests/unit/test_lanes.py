"""What may be overtaken, by a table."""

from __future__ import annotations

import pytest

from shared.ledger.lanes import LARGE_FILE_BYTES, is_bulk, new_task


@pytest.mark.parametrize(
    ("task_type", "batch", "file_size", "bulk"),
    [
        ("extract", 0, 10_000, False),
        ("extract", 0, LARGE_FILE_BYTES, False),
        ("extract", 0, LARGE_FILE_BYTES + 1, True),
        ("embed", 0, 0, False),
        ("embed", 1, 0, True),
        ("index", 0, 0, False),
        ("index", 7, 0, True),
        ("delete", 0, LARGE_FILE_BYTES + 1, False),
        ("retire", 0, LARGE_FILE_BYTES + 1, False),
    ],
)
def test_large_files_and_later_batches_let_others_overtake(
    task_type: str, batch: int, file_size: int, bulk: bool
) -> None:
    assert is_bulk(task_type, batch, file_size) is bulk


def test_a_new_task_knows_its_lane() -> None:
    assert not new_task("embed", 0).bulk
    assert new_task("embed", 1).bulk
