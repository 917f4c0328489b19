"""A stand-in for a language model's server: the real protocol over a real socket, as scripted."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

# Parts of a response: bytes are sent, numbers are seconds to wait, these end it.
HANG = "hang"
CUT = "cut"
Part = bytes | float | str
_ID = re.compile(r"^\[(\d+\.\d+)\] (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Reply:
    """One response; with `whole` its length is told, else it is sent in chunks."""

    parts: Sequence[Part]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/event-stream"


@dataclass(frozen=True)
class Frame:
    """One server-sent event."""

    event: str
    data: dict[str, Any]
    id: str = ""


def delta(text: str, *, finish: str | None = None) -> bytes:
    """Return one event of a streamed chat completion."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    event = {"id": "1", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + orjson.dumps(event) + b"\n\n"


DONE = b"data: [DONE]\n\n"


def usage(prompt: int, completion: int) -> bytes:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    return b"data: " + orjson.dumps({"choices": [], "usage": counts}) + b"\n\n"


def says(*texts: str) -> Reply:
    """Return a whole answer in these pieces."""
    parts = [delta(text) for text in texts]
    return Reply([*parts, delta("", finish="stop"), usage(100, 20), DONE])


def letters(text: str) -> Reply:
    """Return a whole answer in pieces of one character."""
    return says(*text)


def status(code: int, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = orjson.dumps({"error": {"message": "no"}})
    return Reply([body], code, named, "application/json")


# Returns the reply to a request's body.
Script = Callable[[dict[str, Any]], Reply]


@dataclass
class StandIn:
    """A running server; `replies` are given one after the other, the last one again and again."""

    url: str
    replies: list[Reply | Script]
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=lambda: ["small"])
    open_streams: int = 0
    most_streams: int = 0

    def next_reply(self, body: dict[str, Any]) -> Reply:
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply if isinstance(reply, Reply) else reply(body)


def sentences_of(body: dict[str, Any]) -> dict[str, str]:
    """Return the numbered sentences of a request's prompt, by id."""
    return dict(_ID.findall(body["messages"][-1]["content"]))


def cites(*wanted: str) -> Script:
    """Return a script that repeats each sentence of the prompt that has a wanted text, cited."""

    def reply(body: dict[str, Any]) -> Reply:
        found = sentences_of(body).items()
        return letters(
            " ".join(f"{text} [{mark}]" for each in wanted for mark, text in found if each in text)
        )

    return reply


@contextlib.asynccontextmanager
async def stand_in(*replies: Reply | Script) -> AsyncIterator[StandIn]:
    """Run a server on a free port until the context is left."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _serve(server, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    server = StandIn(f"http://127.0.0.1:{port}/v1", list(replies))
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(
    server: StandIn, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = head.split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        server.authorizations.append(headers.get("authorization", ""))
        if lines[0].startswith("GET /v1/models "):
            listed = orjson.dumps({"data": [{"id": name} for name in server.models]})
            await _send(writer, Reply([listed], content_type="application/json"))
            continue
        asked = orjson.loads(body)
        server.requests.append(asked)
        server.open_streams += 1
        server.most_streams = max(server.most_streams, server.open_streams)
        try:
            if not await _send(writer, server.next_reply(asked)):
                return
        finally:
            server.open_streams -= 1


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    """Send a reply; return False if the connection ends with it."""
    extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    writer.write(
        f"HTTP/1.1 {reply.status} x\r\ncontent-type: {reply.content_type}\r\n"
        f"transfer-encoding: chunked\r\n{extra}\r\n".encode()
    )
    for part in reply.parts:
        if part == HANG:
            await writer.drain()
            await asyncio.sleep(3600)
        elif part == CUT:
            await writer.drain()
            return False
        elif isinstance(part, bytes):
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
            await writer.drain()
        elif isinstance(part, float):
            await asyncio.sleep(part)
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def sse_frames(text: str) -> list[Frame]:
    """Return the events of a response, without comments."""
    frames: list[Frame] = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.split("\n") if line[:1] != ":")
        if "event" in fields:
            data = orjson.loads(fields["data"])
            frames.append(Frame(fields["event"], data, fields.get("id", "")))
    return frames
