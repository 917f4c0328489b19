"""Makes streamed answers in the background, so that they are finished without their client too."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections import Counter as Multiset
from collections.abc import AsyncGenerator
from typing import Any

from pydantic import TypeAdapter

from services.query.answers.citations import Citation
from services.query.answers.llm.answer_filter import Piece
from services.query.schemas import AnswerView
from services.query.service import Ask, Begun, QueryService
from services.query.streams import AnswerStreams
from shared.http import sse
from shared.http.problems import Problem, Refusal, problem_of
from shared.telemetry.metrics import REFUSED_REQUESTS

log = logging.getLogger(__name__)

# Seconds; proxies close connections that are idle for 30 to 60 seconds.
_HEARTBEAT_S = 15.0
# Seconds that answers in the making get at a stop of the process, to end with what they have.
_STOP_WITHIN_S = 5.0
# Seconds; most answers take longer than one and less than ten.
_RETRY = {"Retry-After": "5"}
_TOO_MANY = (
    "{count} answers are being made for you, which is the most at once. Wait for one, or stop one,"
    " and ask again."
)
_ANSWER = TypeAdapter(AnswerView)
_CITATION = TypeAdapter(Citation)


class AnswerMaker:
    """Runs one task for each answer in the making and puts its frames into the streams.

    `at_once` is the most for one principal, or 0: an answer goes on when its client has left, so
    that the requests which run do not bound them.
    """

    def __init__(self, service: QueryService, streams: AnswerStreams, *, at_once: int = 0) -> None:
        self._service = service
        self._streams = streams
        self._at_once = at_once
        self._making: Multiset[str] = Multiset()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stops: dict[str, asyncio.Event] = {}

    async def start(self, ask: Ask) -> None:
        """Begin an answer; returns when passages were found. Whatever prevents that is raised.

        The turn of an answer that does not begin is logged as failed.
        """
        principal = ask.asker.principal
        try:
            self.check_room(principal)
            await self._streams.open(ask.query_id, str(ask.asker))
        except BaseException:
            await self._service.fail(ask)
            raise
        stop = self._stops[ask.query_id] = asyncio.Event()
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._making[principal] += 1
        task = asyncio.create_task(self._make(ask, stop, begun))
        self._tasks.add(task)
        task.add_done_callback(functools.partial(self._ended, principal))
        await begun

    def check_room(self, principal: str) -> None:
        """Refusal: as many answers as may be are made for the principal (429)."""
        if 0 < self._at_once <= self._making[principal]:
            REFUSED_REQUESTS.labels("too_many_at_once").inc()
            sentence = _TOO_MANY.format(count=self._at_once)
            raise Refusal(Problem(429, "too_many_at_once", sentence, headers=_RETRY))

    async def frames(self, query_id: str, offset: int = 0) -> AsyncGenerator[bytes]:
        """Yield the frames of an answer from an offset on, each with the offset behind it as id."""
        async for after, frame in self._streams.read(query_id, offset, idle_s=_HEARTBEAT_S):
            yield b"id: %d\n" % after + frame if frame else sse.HEARTBEAT

    async def has(self, query_id: str, owner: str) -> bool:
        return await self._streams.has(query_id, owner)

    async def stop(self, query_id: str, owner: str) -> bool:
        """Ask an answer to end with what it has; False if the owner has no such answer."""
        return await self._streams.stop(query_id, owner)

    async def close(self) -> None:
        """End all answers with what they have, which is logged as stopped."""
        for stop in self._stops.values():
            stop.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_STOP_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._streams.close()

    def _ended(self, principal: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._making[principal] -= 1
        if not self._making[principal]:
            del self._making[principal]

    async def _make(self, ask: Ask, stop: asyncio.Event, begun: asyncio.Future[None]) -> None:
        watch = asyncio.create_task(self._watch(ask.query_id, stop))
        try:
            async with contextlib.aclosing(self._service.events(ask, stop)) as items:
                async for item in items:
                    for frame in _frames(item, ask.query_id):
                        await self._streams.append(ask.query_id, frame)
                    if not begun.done():
                        begun.set_result(None)
        except Exception as error:
            if begun.done():
                log.exception("an answer failed", extra={"query_id": ask.query_id})
                problem = problem_of(error)
                failed = {"query_id": ask.query_id, "code": problem.code, "detail": problem.detail}
                await self._streams.append(ask.query_id, sse.frame("error", failed))
            else:
                begun.set_exception(error)
        finally:
            watch.cancel()
            if not begun.done():
                begun.cancel()
            del self._stops[ask.query_id]
            with contextlib.suppress(KeyError):
                await self._streams.end(ask.query_id)

    async def _watch(self, query_id: str, stop: asyncio.Event) -> None:
        await self._streams.wait_for_stop(query_id)
        stop.set()


def _frames(item: Begun | Piece | AnswerView, query_id: str) -> list[bytes]:
    match item:
        case Begun():
            about: dict[str, Any] = {"query_id": query_id, "mode": item.mode}
            return [sse.frame("started", about | {"conversation_id": item.conversation_id})]
        case Piece():
            cited = [sse.frame("citation", _CITATION.dump_python(one)) for one in item.citations]
            text = {"query_id": query_id, "text": item.text}
            return [*cited, sse.frame("chunk", text)] if item.text else cited
    return [sse.frame("done", _ANSWER.dump_python(item))]
