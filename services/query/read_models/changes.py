"""Sums up events as the changes that a model of indexed chunks makes. No I/O.

Rows are read when the changes are made, after the events: removing first and then loading what the
rows say gives the same result in any order of the events, and when it is repeated.

    changes = changes_of(events)
    for document_id in changes.removed | changes.reloaded:
        model.remove(document_id)
    for document_id, revision in changes.superseded.items():
        model.remove(document_id, below_revision=revision)
    rows = await database.read(indexed_chunks.of_changes, changes.reloaded, changes.batches)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.domain import events
from shared.repositories.events import StoredEvent
from shared.repositories.indexed_chunks import Batch

_REMOVED = {events.DocumentDeletionRequested.name, events.DocumentDeleted.name}
# After these, another title stands with the chunks, or chunks that were searchable are not.
_RELOADED = {
    events.DocumentChanged.name,
    events.DocumentFailed.name,
    events.DocumentCancelled.name,
}


@dataclass(frozen=True)
class Changes:
    """The changes of one or more events.

    removed     ids of documents whose chunks are removed
    superseded  first revision whose chunks stay, by document id
    reloaded    ids of documents whose chunks are removed and loaded again
    batches     batches whose chunks are loaded, of no document in the other sets of ids
    """

    removed: frozenset[str]
    superseded: Mapping[str, int]
    reloaded: frozenset[str]
    batches: frozenset[Batch]

    def __bool__(self) -> bool:
        return bool(self.removed or self.superseded or self.reloaded or self.batches)


def changes_of(stored: Iterable[StoredEvent]) -> Changes:
    """Return the changes of consecutive events; events of other kinds change nothing."""
    removed: set[str] = set()
    superseded: dict[str, int] = {}
    reloaded: set[str] = set()
    batches: set[Batch] = set()
    for event in stored:
        if event.name in _REMOVED:
            removed.add(event.document_id)
        elif event.name in _RELOADED:
            reloaded.add(event.document_id)
        elif event.name == events.RevisionSuperseded.name:
            revision = max(superseded.get(event.document_id, 0), event.data["revision"])
            superseded[event.document_id] = revision
        elif event.name == events.ChunksIndexed.name:
            batches.add(Batch(event.document_id, event.data["revision"], event.data["batch"]))
    whole = removed | reloaded
    return Changes(
        removed=frozenset(removed),
        superseded={key: revision for key, revision in superseded.items() if key not in whole},
        reloaded=frozenset(reloaded - removed),
        batches=frozenset(batch for batch in batches if batch.document_id not in whole),
    )
