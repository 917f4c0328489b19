"""The order to read one file, which goes from the service to the reader alone.

The forkserver never sees it: memory of its own is that of every later reader, and the options may
hold a password.
"""

from __future__ import annotations

import os
import struct
from dataclasses import asdict

import orjson

from services.extractor.document import ReaderLimits, ReadOptions

_SIZE = struct.Struct(">I")


def encode(options: ReadOptions, limits: ReaderLimits) -> bytes:
    """Return an order as bytes."""
    body = orjson.dumps({"options": asdict(options), "limits": asdict(limits)})
    return _SIZE.pack(len(body)) + body


def receive(fd: int) -> tuple[ReadOptions, ReaderLimits]:
    """Read an order from a descriptor; raises EOFError if it ends early."""
    (size,) = _SIZE.unpack(_exactly(fd, _SIZE.size))
    order = orjson.loads(_exactly(fd, size))
    return ReadOptions(**order["options"]), ReaderLimits(**order["limits"])


def _exactly(fd: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(fd, size - len(data))
        if not part:
            raise EOFError
        data += part
    return data
