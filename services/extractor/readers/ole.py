"""Reads the streams of an OLE compound file. Source: [MS-CFB] 2."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from shared.domain.errors import Corrupt

_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_FIRST_PLACES = 109  # sectors of the allocation table that the header names
_LAST = 0xFFFFFFFA  # numbers from here on name no sector
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_NONE = 0xFFFFFFFF
_MAX_DEPTH = 32  # storages within storages


class _Entry(NamedTuple):
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class OleFile:
    """Gives access to the streams of a file by their paths; Corrupt: it is damaged."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            shift, self._mini_shift = struct.unpack_from("<HH", data, 30)
            (directory,) = struct.unpack_from("<I", data, 48)
            self._cutoff, mini_table, _, more, _ = struct.unpack_from("<5I", data, 56)
            if shift not in (9, 12) or self._mini_shift != 6:
                raise Corrupt()
            self._size = 1 << shift
            self._table = self._allocation(more)
            self._mini_table = _numbers(self._chain(mini_table))
            entries = list(_entries(self._chain(directory)))
            self._mini = self._chain(entries[0].start)
            self._streams = dict(_walk(entries))
        except (struct.error, IndexError) as broken:
            raise Corrupt() from broken

    def names(self) -> list[str]:
        """Return the paths of all streams; the names of storages are parted by slashes."""
        return list(self._streams)

    def read(self, path: str) -> bytes:
        """Return the content of a stream; b"" if there is none of this name."""
        entry = self._streams.get(path)
        if entry is None:
            return b""
        if entry.size >= self._cutoff:
            return self._chain(entry.start)[: entry.size]
        size = 1 << self._mini_shift
        parts = (
            self._mini[at * size : (at + 1) * size]
            for at in _followed(entry.start, self._mini_table)
        )
        return b"".join(parts)[: entry.size]

    def _allocation(self, more: int) -> list[int]:
        """Return the number of the sector that follows each sector."""
        places = list(struct.unpack_from(f"<{_FIRST_PLACES}I", self._data, 76))
        seen: set[int] = set()
        while more < _LAST and more not in seen:
            seen.add(more)
            numbers = _numbers(self._sector(more))
            places += numbers[:-1]
            more = numbers[-1] if numbers else _NONE
        sectors = (self._sector(place) for place in places if place < _LAST)
        return _numbers(b"".join(sectors))

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(at) for at in _followed(start, self._table))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._data[start : start + self._size]


def _followed(start: int, table: list[int]) -> Iterator[int]:
    """Yield the numbers of a chain; a chain that runs in a circle ends."""
    seen: set[int] = set()
    while start < len(table) and start not in seen:
        seen.add(start)
        yield start
        start = table[start]


def _numbers(data: bytes) -> list[int]:
    count = len(data) // 4
    return list(struct.unpack_from(f"<{count}I", data))


def _entries(directory: bytes) -> Iterator[_Entry]:
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        left, right, child = struct.unpack_from("<3I", directory, at + 68)
        start, size = struct.unpack_from("<II", directory, at + 116)
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        yield _Entry(name, kind, left, right, child, start, size)


def _walk(entries: list[_Entry]) -> Iterator[tuple[str, _Entry]]:
    """Yield the streams of all storages with their paths."""
    seen: set[int] = set()
    waiting = [(entries[0].child, "", 0)]
    while waiting:
        number, folder, depth = waiting.pop()
        if number >= len(entries) or number in seen or depth > _MAX_DEPTH:
            continue
        seen.add(number)
        entry = entries[number]
        waiting += [(entry.left, folder, depth), (entry.right, folder, depth)]
        if entry.kind == _STREAM:
            yield folder + entry.name, entry
        elif entry.kind == _STORAGE:
            waiting.append((entry.child, f"{folder}{entry.name}/", depth + 1))
