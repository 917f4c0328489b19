"""The AsyncAPI document: every event between services, for teams that bind their own queues."""

from __future__ import annotations

import json
from typing import Any

from shared.domain import events
from shared.domain.events import EVENTS, Event
from shared.domain.stages import INDEX, STAGES

EXCHANGE = "quire.events.v1"


_ADVANCING = tuple(stage.worker for stage in STAGES.values() if stage.advances_document)
_REMOVING = tuple(stage.worker for stage in STAGES.values() if stage.removes_document)
_SENDERS: dict[str, tuple[str, ...]] = {
    stage.event.name: stage.senders for stage in STAGES.values()
} | {
    events.ChunksIndexed.name: (INDEX.worker,),
    events.DocumentProgressed.name: _ADVANCING,
    events.DocumentIndexed.name: _ADVANCING,
    events.DocumentFailed.name: ("any service",),
    events.DocumentCancelled.name: ("gateway",),
    events.DocumentChanged.name: ("gateway",),
    events.DocumentDeleted.name: _REMOVING,
}


def asyncapi_document() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document, with one channel per event.

    A channel's address is the routing key on the topic exchange.
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Quire events",
            "version": "1.0.0",
            "description": (
                "Facts about the processing of documents. Events carry ids and references, never"
                " content. They may arrive twice, late or out of order. Ignore unknown fields. Any"
                " service may repeat an event that announces a waiting task. Events of the bulk"
                " lane, which has lower priority, have `.bulk` behind their routing key: bind"
                " `chunks.created.v1.#` for both lanes."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {_key(name): _channel(name) for name in EVENTS},
        "operations": {
            f"publish_{_key(name)}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_key(name)}"},
                "description": f"Sent by: {', '.join(_SENDERS[name])}.",
            }
            for name in EVENTS
        },
        "components": {
            "messages": {_key(name): _message(event) for name, event in EVENTS.items()},
            "schemas": {event.__name__: _schema(event) for event in EVENTS.values()},
        },
    }


def render() -> str:
    """Return the document in the form of `docs/asyncapi.json`."""
    return json.dumps(asyncapi_document(), indent=2, sort_keys=True) + "\n"


def _key(name: str) -> str:
    return name.replace(".", "_")


def _channel(name: str) -> dict[str, Any]:
    return {
        "address": name,
        "messages": {_key(name): {"$ref": f"#/components/messages/{_key(name)}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EXCHANGE, "type": "topic", "durable": True},
            }
        },
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.name,
        "summary": (event.__doc__ or "").strip(),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
    }


def _schema(event: type[Event]) -> dict[str, Any]:
    schema = event.model_json_schema(mode="serialization")
    schema.pop("title", None)
    return schema
