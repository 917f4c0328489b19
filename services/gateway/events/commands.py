"""What a client sends over a WebSocket: JSON objects, whose `type` says what it wants. No I/O."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from services.gateway.events.listener import ALL
from services.gateway.schemas.base import Collection
from shared.http.problems import Refusal, message_of, refusal

# Topics of one connection: a table of documents has its collection, or all.
MAX_TOPICS = 100
_COLLECTION: TypeAdapter[str] = TypeAdapter(Collection)
_UNKNOWN_TOPIC = "a topic is `all`, `document:ID` or `collection:NAME`"
_NO_OBJECT = "A message is a JSON object with a `type`."


def _topic(text: str) -> str:
    kind, _, name = text.partition(":")
    try:
        if kind == "document":
            return f"document:{UUID(name)}"
        if kind == "collection":
            return f"collection:{_COLLECTION.validate_python(name)}"
    except ValueError:
        raise ValueError(_UNKNOWN_TOPIC) from None
    if text != ALL:
        raise ValueError(_UNKNOWN_TOPIC)
    return text


Topics = Annotated[
    list[Annotated[str, Field(max_length=160), AfterValidator(_topic)]],
    Field(min_length=1, max_length=MAX_TOPICS),
]


class Command(BaseModel):
    """The fields of every message; replies repeat `ref`, by which a client knows them."""

    model_config = ConfigDict(extra="forbid")

    type: str
    ref: str | None = Field(None, max_length=64)


class Subscribe(Command):
    """Follow topics, from a place on if it is given."""

    type: Literal["subscribe"]
    topics: Topics
    after: str | None = Field(None, max_length=100)


class Unsubscribe(Command):
    """Follow these topics no longer."""

    type: Literal["unsubscribe"]
    topics: Topics


class Status(Command):
    """Tell the state of the work on a document."""

    type: Literal["status"]
    document_id: UUID


class Ask(Command):
    """Ask a question with the fields of `POST /api/v1/query`, or follow an answer in the making."""

    model_config = ConfigDict(extra="allow")

    type: Literal["ask"]
    query_id: UUID | None = None
    offset: int = Field(0, ge=0, le=10_000_000)

    def question(self) -> bytes:
        """Return the body of the question."""
        return orjson.dumps({**(self.model_extra or {}), "stream": True})


class Stop(Command):
    """End an answer in the making with what there is."""

    type: Literal["stop"]
    query_id: UUID


class Ping(Command):
    """Answer with `pong`."""

    type: Literal["ping"]


AnyCommand = Subscribe | Unsubscribe | Status | Ask | Stop | Ping
_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(Annotated[AnyCommand, Field(discriminator="type")])


def parse(text: str | bytes) -> tuple[AnyCommand | None, Refusal | None, str | None]:
    """Return a message's command, or why it is none; and its `ref`, as far as it is known."""
    try:
        given: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None, refusal(400, "invalid_json", "The message is not valid JSON."), None
    if not isinstance(given, dict):
        return None, refusal(422, "invalid_request", _NO_OBJECT), None
    ref = given.get("ref") if isinstance(given.get("ref"), str) else None
    try:
        return _COMMAND.validate_python(given), None, ref
    except ValidationError as error:
        first = error.errors()[0]
        # The first part of a place is the type of the command.
        field = ".".join(str(part) for part in first["loc"][1:])
        named = f"{field}: " if field else ""
        return None, refusal(422, "invalid_request", f"{named}{message_of(first)}."), ref
