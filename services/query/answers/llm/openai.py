"""Any OpenAI-compatible endpoint: Ollama, vLLM, llama.cpp, OpenAI."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import httpx

from services.query.answers.llm.base import ChatModel, Message, ModelFailure, Usage
from services.query.answers.llm.chat_stream import ChatStream
from services.query.answers.llm.retries import reason_of, retry_after_s, wait_s
from shared.domain.errors import SettingsError
from shared.settings import Settings

CONNECT_S = 3.0
FIRST_TOKEN_S = 30.0
IDLE_S = 20.0
# Seconds in which no question tries an endpoint that could not be reached after all retries.
_AWAY_S = 15.0
_MAX_STREAMS = 200


class OpenAIChat:
    """Implements `ChatModel` over HTTP; follows no redirects and uses no proxy."""

    def __init__(
        self,
        url: str,
        name: str,
        key: str = "",
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        first_token_s: float = FIRST_TOKEN_S,
        idle_s: float = IDLE_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._first_token_s = first_token_s
        self._idle_s = idle_s
        self._clock = clock
        self._sleep = sleep
        self._away_until = -math.inf
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            transport=transport,
            timeout=httpx.Timeout(first_token_s, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=_MAX_STREAMS, max_keepalive_connections=20),
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def name(self) -> str:
        return self._name

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage]:
        body = {
            "model": self._name,
            "messages": [asdict(each) for each in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        async with contextlib.AsyncExitStack() as stack:
            response = await self._first_response(stack, body)
            begun = False
            events = ChatStream()
            received = response.aiter_bytes()
            while data := await self._next(received, begun=begun):
                try:
                    for piece in events.feed(data):
                        begun = begun or isinstance(piece, str)
                        yield piece
                except ModelFailure as failure:
                    raise failure if begun else ModelFailure("bad_response") from None
            if not begun and not events.ended:
                raise ModelFailure("bad_response", "The response is no streamed chat completion.")
            if not events.ended:
                raise ModelFailure("cut_off", "The connection ended before the answer did.")

    async def _next(self, received: AsyncIterator[bytes], *, begun: bool) -> bytes:
        """Return the next bytes, or none at the end of the response."""
        try:
            async with asyncio.timeout(self._idle_s if begun else self._first_token_s):
                return await anext(received, b"")
        except (TimeoutError, httpx.TimeoutException):
            raise ModelFailure("timeout", "The model has stopped sending.") from None
        except httpx.HTTPError:
            raise ModelFailure("cut_off" if begun else "unreachable") from None

    async def _first_response(
        self, stack: contextlib.AsyncExitStack, body: dict[str, object]
    ) -> httpx.Response:
        """Return a response with status 200, after at most two retries."""
        if self._clock() < self._away_until:
            raise ModelFailure("unreachable", "The model could not be reached a moment ago.")
        attempt = 0
        while True:
            attempt += 1
            status, after = None, None
            try:
                request = self._http.build_request("POST", "chat/completions", json=body)
                async with asyncio.timeout(self._first_token_s):
                    response = await self._http.send(request, stream=True)
                stack.push_async_callback(response.aclose)
                if response.status_code == 200:
                    return response
                status = response.status_code
                after = retry_after_s(response.headers.get("retry-after"), datetime.now(UTC))
                await response.aclose()
                failure = ModelFailure(reason_of(status), f"The model answered {status}.")
            except httpx.ConnectTimeout:
                failure = ModelFailure("unreachable", "The model could not be reached.")
            except (TimeoutError, httpx.TimeoutException):
                raise ModelFailure("timeout", "The model did not answer in time.") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = ModelFailure("unreachable", type(error).__name__)
            pause = wait_s(attempt, status, after, random.random())
            if pause is None:
                self._rest(failure, after)
                raise failure
            await self._sleep(pause)

    def _rest(self, failure: ModelFailure, after: float | None) -> None:
        if failure.reason in ("unreachable", "rate_limited"):
            self._away_until = self._clock() + min(after or _AWAY_S, 4 * _AWAY_S)

    async def models(self) -> list[str]:
        try:
            answer = await self._http.get("models", timeout=httpx.Timeout(5.0, connect=CONNECT_S))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelFailure("unreachable", type(error).__name__) from None
        if answer.status_code != 200:
            raise ModelFailure(reason_of(answer.status_code), f"It answered {answer.status_code}.")
        try:
            return [str(each["id"]) for each in answer.json()["data"] or []]
        except (ValueError, KeyError, TypeError):
            raise ModelFailure("bad_response", "Its list of models has another form.") from None

    async def close(self) -> None:
        await self._http.aclose()


def open_openai(settings: Settings) -> ChatModel:
    """Return the endpoint of the settings. SettingsError: its key file can't be read."""
    key = ""
    if settings.llm_key_file:
        try:
            key = Path(settings.llm_key_file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"QUIRE_LLM_KEY_FILE can't be read: {error}") from None
        if not key.isascii() or not key.isprintable() or " " in key:
            raise SettingsError("QUIRE_LLM_KEY_FILE must hold one key and nothing else.")
    return OpenAIChat(settings.llm_url, settings.llm_model, key)
