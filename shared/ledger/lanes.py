"""Two lanes, so that a small document never waits behind a huge one. Pure.

What is `bulk` is worked only by what the first lane leaves free: reading a large file, and every
batch of a document but its first. So the first passages of whatever was uploaded last can be found
within moments, and no work is ever given up for it.
"""

from __future__ import annotations

from shared.ledger.steps import NewTask

LARGE_FILE_BYTES = 512 * 1024


def is_bulk(task_type: str, batch: int, file_size: int = 0) -> bool:
    """Whether a task lets others overtake it."""
    if task_type == "extract":
        return file_size > LARGE_FILE_BYTES
    return batch > 0


def new_task(task_type: str, batch: int) -> NewTask:
    """The task for one batch, in its lane."""
    return NewTask(task_type, batch, bulk=is_bulk(task_type, batch))
