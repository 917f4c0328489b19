"""The changes that a read model makes for events, as a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.query.read_models.changes import Changes, changes_of
from shared.domain import events
from shared.domain.events import Event
from shared.repositories.events import StoredEvent
from shared.repositories.indexed_chunks import Batch

NOTHING = Changes(frozenset(), {}, frozenset(), frozenset())


def stored(name: str, document_id: str = "d", **data: object) -> StoredEvent:
    return StoredEvent(1, name, document_id, "", {"revision": 1, **data}, datetime.now(UTC))


def indexed(revision: int, batch: int) -> StoredEvent:
    return stored(events.ChunksIndexed.name, revision=revision, batch=batch)


@pytest.mark.parametrize(
    "ignored",
    [
        events.DocumentUploaded,
        events.ChunksCreated,
        events.ChunksEmbedded,
        events.DocumentProgressed,
        events.DocumentIndexed,
    ],
)
def test_an_event_that_moves_no_indexed_chunk_changes_nothing(ignored: type[Event]) -> None:
    assert changes_of([stored(ignored.name)]) == NOTHING


def test_an_event_of_a_newer_version_changes_nothing() -> None:
    assert not changes_of([stored("document.translated.v1")])


def test_a_batch_that_is_indexed_is_loaded_once() -> None:
    changes = changes_of([indexed(1, 0), indexed(1, 1), indexed(1, 0)])
    assert changes.batches == {Batch("d", 1, 0), Batch("d", 1, 1)}


@pytest.mark.parametrize("ended", [events.DocumentDeletionRequested, events.DocumentDeleted])
def test_a_deleted_document_is_removed_and_nothing_of_it_is_loaded(ended: type[Event]) -> None:
    renamed = stored(events.DocumentChanged.name)
    superseded = stored(events.RevisionSuperseded.name, revision=2)
    found = [indexed(1, 0), superseded, stored(ended.name), renamed]
    assert changes_of(found) == Changes(frozenset({"d"}), {}, frozenset(), frozenset())


@pytest.mark.parametrize(
    "event", [events.DocumentChanged, events.DocumentFailed, events.DocumentCancelled]
)
def test_a_document_whose_shown_chunks_change_is_loaded_again_whole(event: type[Event]) -> None:
    found = [indexed(1, 0), stored(event.name), indexed(1, 1)]
    assert changes_of(found) == Changes(frozenset(), {}, frozenset({"d"}), frozenset())


def test_the_chunks_before_the_newest_superseding_revision_are_removed() -> None:
    name = events.RevisionSuperseded.name
    found = [stored(name, revision=3), stored(name, revision=2), stored(name, "e", revision=5)]
    assert changes_of(found).superseded == {"d": 3, "e": 5}
