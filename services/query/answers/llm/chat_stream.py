"""Reads the events of a streamed chat completion: pieces of text, usage, end. No I/O.

Lines are cut as bytes and decoded whole, so a letter that two packets share is never damaged. A
line that the connection cut off is dropped, as server-sent events ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.query.answers.llm.base import ModelFailure, Usage

# Bytes of one line, and of a whole stream; an answer of some thousand tokens takes 2 MB.
_MAX_LINE = 1024 * 1024
_MAX_STREAM = 64 * 1024 * 1024
_DONE = b"[DONE]"


@dataclass
class ChatStream:
    """Takes the bytes of a response; `ended` says whether the model said that it is done."""

    ended: bool = False
    _rest: bytearray = field(default_factory=bytearray)
    _seen: int = 0

    def feed(self, received: bytes) -> Iterator[str | Usage]:
        """Yield what the received lines hold. ModelFailure: they are no chat completion."""
        self._seen += len(received)
        self._rest += received
        if self._seen > _MAX_STREAM:
            raise ModelFailure("bad_response", "The model's response does not end.")
        *lines, rest = self._rest.replace(b"\r\n", b"\n").split(b"\n")
        # A carriage return may be the first half of a line end.
        self._rest = bytearray(rest)
        if len(rest) > _MAX_LINE:
            raise ModelFailure("bad_response", "A line of the model's response is too long.")
        for line in lines:
            if line.startswith(b"data:"):
                yield from self._event(bytes(line[5:].strip()))

    def _event(self, data: bytes) -> Iterator[str | Usage]:
        if not data:
            return
        if data == _DONE:
            self.ended = True
            return
        try:
            event = orjson.loads(data.decode("utf-8", "replace"))
        except orjson.JSONDecodeError:
            raise ModelFailure("bad_response", "The model's response is not JSON.") from None
        if not isinstance(event, dict):
            raise ModelFailure("bad_response", "The model's response has another form.")
        if event.get("error"):
            raise ModelFailure("cut_off", "The model reported an error in its response.")
        yield from self._choice(event.get("choices"))
        usage = event.get("usage")
        if isinstance(usage, dict):
            yield Usage(_count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))

    def _choice(self, choices: Any) -> Iterator[str]:
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return
        delta = choices[0].get("delta")
        # A delta without text, such as one of a reasoning, still shows that the model works.
        text = delta.get("content") if isinstance(delta, dict) else None
        yield text if isinstance(text, str) else ""
        if choices[0].get("finish_reason"):
            self.ended = True


def _count(usage: dict[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0
