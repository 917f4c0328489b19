"""Messages between a service and its index process: JSON, followed by raw bytes.

A message is the length of each part, then both parts. Nothing is pickled, so that neither side can
make the other run code.
"""

from __future__ import annotations

import contextlib
import os
import struct
from typing import Any

import orjson

# Lengths of the JSON and of the bytes: unsigned, 32 bits, little-endian.
_HEAD = struct.Struct("<II")


class Channel:
    """One end of a socket. Blocking; for one thread at a time."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "r+b", buffering=0)

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        """Send one message. OSError: the other side has closed."""
        text = orjson.dumps(message)
        rest = memoryview(_HEAD.pack(len(text), len(data)) + text + data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """Return the next message. None: the other side has closed."""
        head = self._read(_HEAD.size)
        if head is None:
            return None
        text, data = (self._read(length) for length in _HEAD.unpack(head))
        if text is None or data is None:
            return None
        message: dict[str, Any] = orjson.loads(text)
        return message, data

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def _read(self, length: int) -> bytes | None:
        received = bytearray()
        while len(received) < length:
            try:
                piece = self._file.read(length - len(received))
            except OSError:
                return None
            if not piece:
                return None
            received += piece
        return bytes(received)
