"""One WebSocket: reads commands, and sends their answers and the frames of what is followed.

Commands are worked on one after the other, answers to questions apart: while one is slow, the
connection reads nothing, so that no client can make the server hold what it sends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.gateway import inner_request, queries
from services.gateway.events import commands
from services.gateway.events.frames import Frame, frame
from services.gateway.events.stream import Stream
from shared.database.base import Database
from shared.domain.errors import QuireError
from shared.http import sse
from shared.http.problems import Problem, Refusal, problem_of, refusal

log = logging.getLogger(__name__)

# Questions of one connection that are answered at once; a person asks one in each of a few tabs.
ASKS_AT_ONCE = 4
# Seconds in which a client takes at least a frame.
SEND_WITHIN_S = 30.0
_QUERY = "/api/v1/query"
_STATUS = "/api/v1/processing/status"
# Close codes (RFC 6455 and its registry): the service restarts, try again later.
_CODES = {"stopping": 1012, "too_slow": 1013, "unavailable": 1013}
_TOO_MANY_ASKS = "This connection has {count} questions running, which is the most. Let one end."
_TOO_MANY_TOPICS = "A connection follows at most {count} topics. Follow a collection, or `all`."
_NO_COLLECTION = "No collection with this name is open to you."


class Connection:
    """Runs until the client leaves, or the server lets it go.

    `database` reads with the rights of the caller whose connection it is.
    """

    def __init__(self, websocket: WebSocket, database: Database, stream: Stream) -> None:
        self._websocket = websocket
        self._database = database
        self._stream = stream
        self._sending = asyncio.Lock()
        # Held by who takes frames of the stream: what is live waits for what was missed.
        self._telling = asyncio.Lock()
        self._asks: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def run(self) -> None:
        """Work on what the client sends and tell it what happens; `websocket` is accepted."""
        parts = [asyncio.create_task(self._tell()), asyncio.create_task(self._read())]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in parts:
                if part.done():
                    part.result()
        except (WebSocketDisconnect, TimeoutError):
            # The client has left, or takes nothing: the server closes its connection.
            log.debug("a listener has left")
        finally:
            for task in (*parts, *self._asks):
                task.cancel()
            await asyncio.gather(*parts, *self._asks, return_exceptions=True)

    async def _tell(self) -> None:
        """Send what happens until the stream ends."""
        while True:
            is_idle = not await self._stream.wait()
            async with self._telling:
                async for each in self._stream.waiting():
                    await self._send(each)
                if (last := self._stream.closing(is_idle=is_idle)) is not None:
                    await self._send(last)
            if reason := self._stream.ended:
                self._is_closing = True
                await self._websocket.close(_CODES.get(reason, 1000), reason)
                return

    async def _read(self) -> None:
        """Work on the client's messages, one after the other, until it leaves."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or message.get("bytes") or b""
            command, refused, ref = commands.parse(text)
            try:
                if refused is not None:
                    raise refused
                assert command is not None
                await self._work(command)
            except (Refusal, QuireError) as error:
                await self._send_problem(problem_of(error), ref)

    async def _work(self, command: commands.AnyCommand) -> None:
        match command:
            case commands.Subscribe():
                await self._subscribe(command)
            case commands.Unsubscribe():
                self._stream.drop(command.topics)
                await self._reply(command, "unsubscribed", topics=command.topics)
            case commands.Ask():
                self._begin(command)
            case commands.Status():
                await self._forward(command, "GET", f"{_STATUS}/{command.document_id}", "status")
            case commands.Stop():
                path = f"{_QUERY}/{command.query_id}/stop"
                await self._forward(command, "POST", path, "stopping")
            case commands.Ping():
                await self._reply(command, "pong")

    async def _subscribe(self, command: commands.Subscribe) -> None:
        new = set(command.topics)
        if len(new | set(self._stream.topics)) > commands.MAX_TOPICS:
            sentence = _TOO_MANY_TOPICS.format(count=commands.MAX_TOPICS)
            raise refusal(422, "too_many_topics", sentence)
        await self._require(new)
        async with self._telling:
            async for told in self._stream.add(new, command.after):
                if told.type == "subscribed" and command.ref is not None:
                    topics = sorted(new)
                    told = frame(told.type, told.place, ref=command.ref, topics=topics)
                await self._send(told)

    async def _require(self, topics: Collection[str]) -> None:
        """Refuse documents and collections that the caller may not read: 404, 410."""
        for topic in topics:
            kind, _, name = topic.partition(":")
            if kind == "document":
                await self._database.read(queries.document, name)
            elif kind == "collection" and not await self._database.read(queries.may_read, name):
                raise refusal(404, "not_found", _NO_COLLECTION)

    def _begin(self, command: commands.Ask) -> None:
        """Answer a question beside all else that the connection does."""
        if len(self._asks) >= ASKS_AT_ONCE:
            sentence = _TOO_MANY_ASKS.format(count=ASKS_AT_ONCE)
            raise refusal(429, "too_many_at_once", sentence)
        task = asyncio.create_task(self._answer(command))
        self._asks.add(task)
        task.add_done_callback(self._asks.discard)

    async def _answer(self, command: commands.Ask) -> None:
        """Send an answer as it is made. It is made to its end, whether or not the client stays."""
        try:
            await self._send_answer(command)
        except (WebSocketDisconnect, TimeoutError):
            log.debug("the listener to an answer has left")
        except Exception as error:
            log.exception("an answer could not be sent", extra={"query_id": command.query_id})
            with contextlib.suppress(WebSocketDisconnect, TimeoutError):
                await self._send_problem(problem_of(error), command.ref)

    async def _send_answer(self, command: commands.Ask) -> None:
        if command.query_id is None:
            asked = self._request("POST", _QUERY, body=command.question())
        else:
            path, offset = f"{_QUERY}/{command.query_id}/stream", f"offset={command.offset}"
            asked = self._request("GET", path, query=offset)
        async with asked as answer:
            if answer.status != 200:
                await self._send_refused(command, await answer.body())
                return
            query_id = str(command.query_id or "")
            async for event in sse.events(answer.pieces):
                data: dict[str, Any] = orjson.loads(event.data)
                query_id = data.get("query_id") or query_id
                await self._send(_chat(command.ref, query_id, event, data))

    async def _forward(
        self, command: commands.AnyCommand, method: str, path: str, reply: str
    ) -> None:
        async with self._request(method, path) as answer:
            body = await answer.body()
        if answer.status < 400:
            await self._reply(command, reply, **orjson.loads(body or b"{}"))
        else:
            await self._send_refused(command, body)

    def _request(
        self, method: str, path: str, *, query: str = "", body: bytes = b""
    ) -> contextlib.AbstractAsyncContextManager[inner_request.Answer]:
        scope = self._websocket.scope
        return inner_request.ask(scope["app"], scope, method, path, query=query, body=body)

    async def _reply(self, command: commands.AnyCommand, type_: str, **fields: Any) -> None:
        ref = {} if command.ref is None else {"ref": command.ref}
        await self._send(frame(type_, **ref, **fields))

    async def _send_refused(self, command: commands.AnyCommand, body: bytes) -> None:
        """Send the problem document of a request that was refused."""
        told = orjson.loads(body) if body else {}
        kept = ("status", "code", "detail", "correlation_id", "errors")
        await self._reply(command, "error", **{name: told[name] for name in kept if name in told})

    async def _send_problem(self, problem: Problem, ref: str | None) -> None:
        named = {} if ref is None else {"ref": ref}
        members = {"status": problem.status, "code": problem.code, "detail": problem.detail}
        await self._send(frame("error", **named, **members))

    async def _send(self, told: Frame) -> None:
        async with asyncio.timeout(SEND_WITHIN_S), self._sending:
            if self._is_closing:
                raise WebSocketDisconnect
            await self._websocket.send_text(told.text.decode())


def _chat(ref: str | None, query_id: str, event: sse.ServerEvent, data: dict[str, Any]) -> Frame:
    """Return the frame of one event of an answer; `offset` continues behind it."""
    about: dict[str, Any] = {} if ref is None else {"ref": ref}
    about |= {"query_id": query_id, "offset": int(event.id or 0)}
    match event.event:
        case "done":
            return frame("query_response", **about, **_without(data, "query_id"))
        case "error":
            return frame("error", **about, **_without(data, "query_id"))
        case "citation":
            return frame("chat_chunk", **about, kind="citation", citation=data)
        case "chunk":
            return frame("chat_chunk", **about, kind="text", text=data["text"])
        case other:
            return frame("chat_chunk", **about, kind=other, **_without(data, "query_id"))


def _without(data: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != name}
