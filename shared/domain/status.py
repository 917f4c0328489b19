"""The states of documents and tasks, and the moves that are allowed between them."""

from __future__ import annotations

from typing import Literal, get_args

# The states of the documents that clients can list.
VisibleStatus = Literal[
    "pending", "processing", "completed", "completed_empty", "failed", "cancelled", "deleting"
]
DOCUMENT_STATUSES: tuple[str, ...] = (*get_args(VisibleStatus), "gone")
TASK_STATUSES = ("pending", "processing", "completed", "failed", "cancelled")
# Of pages without text that a parser can read. Text recognition leaves one as `read`, `empty`
# (nothing was recognised) or `failed`.
PAGE_STATES = ("unread", "read", "empty", "failed")
CHUNK_TYPES = ("text", "image", "table", "composite")

# How far an answer is; one that is made while its client reads it begins as running.
AnswerState = Literal["running", "completed", "stopped", "failed"]
ANSWER_STATES: tuple[str, ...] = get_args(AnswerState)
# Who words an answer: quotes of documents, or a language model.
Mode = Literal["extractive", "generative"]
# Whether an answer has citations, has none, or says that the documents do not answer.
Grounding = Literal["cited", "ungrounded", "abstained"]

WORKING = frozenset({"pending", "processing"})
FINISHED = frozenset({"completed", "completed_empty", "failed", "cancelled"})
UNDELETED = WORKING | FINISHED
# The states in which a document has been read to its end.
READ = frozenset({"completed", "completed_empty"})

_MOVES: dict[str, frozenset[str]] = {
    "pending": frozenset({"processing", "failed", "cancelled", "deleting"}),
    "processing": FINISHED | {"deleting"},
    "completed": frozenset({"pending", "deleting"}),
    "completed_empty": frozenset({"pending", "deleting"}),
    "failed": frozenset({"pending", "deleting"}),
    "cancelled": frozenset({"pending", "deleting"}),
    "deleting": frozenset({"gone"}),
    "gone": frozenset(),
}

# Weight of reading in the progress, a fraction of 1: making and indexing vectors takes longer.
_READING_SHARE = 0.15


def sources_of(status: str) -> frozenset[str]:
    """Return the states from which a document may move to `status`."""
    return frozenset(source for source, targets in _MOVES.items() if status in targets)


def document_progress(
    *, pages_read: int, page_count: int | None, chunks: int, indexed: int, extracted: bool
) -> float:
    """Return the progress, 0 to 99: reading is 15 % of it and indexing the rest.

    While pages are unread, the total number of chunks is projected from the pages read. Only a
    completed document has 100.
    """
    read = 1.0 if extracted else min(0.99, pages_read / page_count) if page_count else 0.0
    done = read * indexed / chunks if chunks else 0.0
    return min(99.0, 100.0 * (_READING_SHARE * read + (1.0 - _READING_SHARE) * done))
