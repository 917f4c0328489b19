"""Event contracts: frozen samples still parse, and the published document is up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.bus import asyncapi
from shared.domain.events import EVENTS, Event, TaskEvent, parse_event
from shared.domain.stages import TASK_TYPES
from shared.ledger.steps import ClaimedTask
from shared.ledger.tasks import hint_for

SAMPLES = Path(__file__).parent / "events"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", EVENTS)
def test_the_frozen_sample_of_an_event_still_parses(name: str) -> None:
    body = (SAMPLES / f"{name}.json").read_bytes()
    event = parse_event(name, body)
    assert type(event) is EVENTS[name]
    sent = json.loads(event.model_dump_json())
    assert sent == json.loads(body)


def test_every_sample_belongs_to_an_event() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_an_unknown_field_is_ignored(name: str) -> None:
    body = json.loads((SAMPLES / f"{name}.json").read_bytes()) | {"colour": "green"}
    assert parse_event(name, json.dumps(body).encode()).document_id == body["document_id"]


def test_events_can_not_be_changed_and_need_their_fields() -> None:
    event = parse_event("document.deleted.v1", (SAMPLES / "document.deleted.v1.json").read_bytes())
    with pytest.raises(ValidationError):
        event.revision = 2  # type: ignore[misc]
    with pytest.raises(ValidationError):
        parse_event("chunks.created.v1", b'{"document_id": "d"}')


def test_no_event_carries_content() -> None:
    forbidden = {"content", "text", "query", "quote", "file_name", "title"}
    for event in EVENTS.values():
        assert not forbidden & set(event.model_fields)


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_every_task_type_has_a_task_event(task_type: str) -> None:
    sample = Event.model_validate_json((SAMPLES / "document.deleted.v1.json").read_bytes())
    task = ClaimedTask("t", "d", 3, task_type, 7, False, True, 1, 1, "c", sample.occurred_at)
    hint = hint_for(task)
    assert isinstance(hint, TaskEvent)
    assert (hint.task_id, hint.revision, hint.bulk, hint.correlation_id) == ("t", 3, True, "c")


def test_the_published_document_is_up_to_date() -> None:
    assert (ROOT / "docs" / "asyncapi.json").read_text() == asyncapi.render(), "run `make docs`"
