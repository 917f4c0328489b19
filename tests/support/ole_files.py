"""Writes small OLE compound files for tests of reading."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _NONE = 0xFFFFFFFE, 0xFFFFFFFF


def write_ole(path: Path, streams: Mapping[str, bytes]) -> Path:
    """Write streams by their paths, with slashes between the names of storages."""
    names = [""]  # paths of the entries; the first is the root
    for stream in streams:
        parts = stream.split("/")
        for end in range(1, len(parts) + 1):
            if (name := "/".join(parts[:end])) not in names:
                names.append(name)
    mini, big = bytearray(), bytearray()
    mini_table: list[int] = []
    table: list[int] = []
    starts = {}
    for name, content in streams.items():
        small = len(content) < _CUTOFF
        data, chain, size = (mini, mini_table, _MINI) if small else (big, table, _SECTOR)
        starts[name] = _append(data, chain, content, size)
    starts[""] = _append(big, table, bytes(mini), _SECTOR)
    directory = _append(big, table, _directory(names, streams, starts, len(mini)), _SECTOR)
    minis = _append(big, table, _numbers(mini_table), _SECTOR)
    places: list[int] = []
    while len(places) * (_SECTOR // 4) < len(table) + len(places):
        places.append(len(table) + len(places))
    allocation = _numbers([*table, *[0xFFFFFFFD] * len(places)]).ljust(
        len(places) * _SECTOR, b"\xff"
    )
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, len(places), directory)
    struct.pack_into("<IIIII", header, 56, _CUTOFF, minis, 1, _END, 0)
    struct.pack_into("<109I", header, 76, *(places + [_NONE] * (109 - len(places))))
    path.write_bytes(bytes(header) + bytes(big) + allocation)
    return path


def _append(data: bytearray, chain: list[int], content: bytes, size: int) -> int:
    """Append a content in sectors and return the number of the first one."""
    start = len(data) // size
    count = -(-len(content) // size)
    data += content.ljust(count * size, b"\0")
    chain += [start + at + 1 for at in range(count)]
    if count:
        chain[-1] = _END
    return start if count else _END


def _directory(
    names: list[str], streams: Mapping[str, bytes], starts: Mapping[str, int], mini: int
) -> bytes:
    entries = b""
    for name in names:
        inside = [one for one in names if one and one.rpartition("/")[0] == name]
        above = [one for one in names if one and one.rpartition("/")[0] == name.rpartition("/")[0]]
        after = above[above.index(name) + 1 :] if name else []
        last = name.rpartition("/")[2] or "Root Entry"
        kind = 5 if not name else 2 if name in streams else 1
        size = mini if not name else len(streams.get(name, b""))
        label = last.encode("utf-16-le") + b"\0\0"
        entries += struct.pack(
            "<64sHBBIII36xIII", label, len(label), kind, 1, _NONE,
            names.index(after[0]) if after else _NONE,
            names.index(inside[0]) if inside else _NONE, starts.get(name, 0), size, 0,
        )  # fmt: skip
    return entries


def _numbers(numbers: list[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)
