"""The table of stages: one row for each kind of work on a document.

Other modules read the properties of a task type here; CONTRIBUTING.md lists the steps that add one.
The API and the tables call a stage a step (`current_step`, `total_steps`); in the code a `Step` is
one commit of a task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from shared.domain import events

# Bytes: a file above 512 KiB takes seconds to read, so it must not delay small files.
LARGE_FILE_BYTES = 512 * 1024

LaneRule = Callable[[int, int], bool]


def large_files(_batch: int, file_size: int) -> bool:
    """Return True for a file of more than `LARGE_FILE_BYTES`."""
    return file_size > LARGE_FILE_BYTES


def later_batches(batch: int, _file_size: int) -> bool:
    """Return True for every batch but the first, so that each document's start is indexed early."""
    return batch > 0


@dataclass(frozen=True)
class Stage:
    """The properties of one kind of work.

    name               stored in `processing_tasks.task_type`
    event              announces a waiting task; its routing key is `event.name`
    worker             group of workers that consumes the event
    senders            services that open the tasks; any service may repeat the event
    label              word for the stage in the API and in `processing_tasks.current_step`
    is_bulk            lane rule: (batch, file size in bytes) -> bulk rather than interactive
    retry              "counted": fails the document after the allowed attempts;
                       "forever": retried until it succeeds, and never fails the document
    in_progress        whether the document waits for it: its tasks must end before the document
                       is complete, and the API and the metrics count what passed it
    counts_pages       whether that are pages; other stages count chunks
    starts_document    whether its first claim moves the document to `processing`
    advances_document  whether its steps change the document's counts: each reports progress, and
                       the last may complete the document (embedding changes no count)
    removes_document   whether its last step removes the document
    """

    name: str
    event: type[events.TaskEvent]
    worker: str
    senders: tuple[str, ...]
    label: str
    is_bulk: LaneRule = later_batches
    retry: Literal["counted", "forever"] = "counted"
    in_progress: bool = False
    counts_pages: bool = False
    starts_document: bool = False
    advances_document: bool = False
    removes_document: bool = False

    @property
    def total_steps(self) -> int:
        """Return the number of stages in the sequence that this stage is part of."""
        return len(PROGRESS_STAGES) if self.in_progress else 1


EXTRACT = Stage(
    name="extract",
    event=events.DocumentUploaded,
    worker="extractor",
    # The extractor opens the attempt in strict mode.
    senders=("gateway", "extractor"),
    label="reading",
    is_bulk=large_files,
    in_progress=True,
    counts_pages=True,
    starts_document=True,
    advances_document=True,
)
RECOGNISE = Stage(
    name="recognise",
    event=events.UnreadPagesFound,
    # The extractor's processes, but a queue of its own: recognising a page takes a hundred times as
    # long as reading one.
    worker="recogniser",
    senders=("extractor",),
    label="recognising",
    in_progress=True,
    counts_pages=True,
    advances_document=True,
)
EMBED = Stage(
    name="embed",
    event=events.ChunksCreated,
    worker="embedder",
    senders=("extractor", "recogniser"),
    label="embedding",
    in_progress=True,
)
INDEX = Stage(
    name="index",
    event=events.ChunksEmbedded,
    worker="indexer",
    senders=("embedder",),
    label="indexing",
    in_progress=True,
    advances_document=True,
)
RETIRE = Stage(
    name="retire",
    event=events.RevisionSuperseded,
    worker="indexer",
    # Indexer, extractor and recogniser: when their last step completes a document. Extractor
    # (strict mode) and gateway (repair): when they replace an incomplete revision.
    senders=("indexer", "extractor", "recogniser", "gateway"),
    label="retiring",
    retry="forever",
)
DELETE = Stage(
    name="delete",
    event=events.DocumentDeletionRequested,
    worker="indexer",
    senders=("gateway",),
    label="removing",
    retry="forever",
    removes_document=True,
)

STAGES: dict[str, Stage] = {
    stage.name: stage for stage in (EXTRACT, RECOGNISE, EMBED, INDEX, RETIRE, DELETE)
}
TASK_TYPES = tuple(STAGES)
PROGRESS_STAGES = tuple(stage for stage in STAGES.values() if stage.in_progress)
# The stages that work on batches of chunks, not on the pages from which those are made.
CHUNK_STAGES = tuple(stage for stage in PROGRESS_STAGES if not stage.counts_pages)
RETRIED_FOREVER = frozenset(s.name for s in STAGES.values() if s.retry == "forever")
# Cancelling a document's work must not stop its removal.
CANCELLABLE = tuple(s.name for s in STAGES.values() if not s.removes_document)


# The events that each group of workers consumes, so that any process can declare every queue.
EVENTS_BY_WORKER: dict[str, tuple[type[events.TaskEvent], ...]] = {
    worker: tuple(stage.event for stage in STAGES.values() if stage.worker == worker)
    for worker in dict.fromkeys(stage.worker for stage in STAGES.values())
}


def label_of(name: str) -> str:
    """Return the API's word for a stage, or `name` itself if the table has no such stage."""
    return STAGES[name].label if name in STAGES else name
