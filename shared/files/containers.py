"""Reads the names of the contents of ZIP and OLE containers; nothing is unpacked.

Sources: PKWARE APPNOTE 4.3 (ZIP), [MS-CFB] 2.2 and 2.6 (OLE compound files).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_END = b"PK\x05\x06"
_END_BYTES = 22
_MAX_COMMENT = 0xFFFF
_ENTRY = b"PK\x01\x02"
_ENTRY_BYTES = 46
# Bounds memory; a DOCX has at most some thousand entries of about 100 bytes.
_MAX_DIRECTORY_BYTES = 2 * 1024 * 1024
# Bounds memory: 512 entries of 128 bytes; an Office document has a few dozen.
_OLE_DIRECTORY_BYTES = 64 * 1024


def zip_names(handle: BinaryIO) -> list[bytes]:
    """Return the names in the first 2 MiB of the central directory; none if it is truncated."""
    size = handle.seek(0, 2)
    tail_start = max(0, size - _END_BYTES - _MAX_COMMENT)
    handle.seek(tail_start)
    tail = handle.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_BYTES:
        return []
    length, offset = struct.unpack_from("<II", tail, end + 12)
    # Data before the archive shifts all offsets, but the directory ends at its end record.
    start = tail_start + end - length
    handle.seek(start if start >= 0 else min(offset, size))
    return _names(handle.read(min(length, _MAX_DIRECTORY_BYTES)))


def _names(directory: bytes) -> list[bytes]:
    names: list[bytes] = []
    at = 0
    while directory[at : at + 4] == _ENTRY and at + _ENTRY_BYTES <= len(directory):
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        names.append(directory[at + _ENTRY_BYTES : at + _ENTRY_BYTES + name])
        at += _ENTRY_BYTES + name + extra + comment
    return names


def ole_streams(handle: BinaryIO, among: tuple[str, ...]) -> set[str]:
    """Return those of the stream names `among` that the first 64 KiB of the directory hold."""
    handle.seek(0)
    header = handle.read(52)
    if len(header) < 52:
        return set()
    (shift,) = struct.unpack_from("<H", header, 30)
    (sector,) = struct.unpack_from("<I", header, 48)
    if shift not in (9, 12):
        return set()
    handle.seek((sector + 1) << shift)
    directory = handle.read(_OLE_DIRECTORY_BYTES)
    return {name for name in among if name.encode("utf-16-le") in directory}
