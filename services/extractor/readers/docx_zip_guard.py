"""Checks a DOCX, a ZIP archive of XML, for archive bombs and entities before it is parsed.

Sizes are measured by unpacking as a stream, because the sizes that the archive states can be false.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import IO

from services.extractor.document import ReaderLimits
from shared.domain.errors import Bomb, Corrupt, Encrypted, UnsupportedType

_MIB = 1024 * 1024
_STEP = 256 * 1024  # bytes unpacked at a time
_RATIO = 200  # unpacked to packed bytes; ordinary XML is far below, a ZIP bomb near deflate's 1,032
_RATIO_FREE = 8 * _MIB  # a smaller part may have any ratio: it costs little
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_FLAG = 0x1
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_XML_NAMES = (".xml", ".rels")


def check(path: Path, limits: ReaderLimits) -> None:
    """Raise Encrypted, UnsupportedType, Bomb or Corrupt for a file that must not be parsed."""
    _refuse_ole(path)
    check_archive(path, limits)


def check_archive(file: Path | IO[bytes], limits: ReaderLimits) -> None:
    """Raise Encrypted, UnsupportedType, Bomb or Corrupt for an archive that must not be parsed."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_directory(entries, limits)
            _check_contents(archive, entries, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as broken:
        raise Corrupt() from broken
    except (NotImplementedError, RuntimeError) as unreadable:
        raise Corrupt() from unreadable


def _refuse_ole(path: Path) -> None:
    """Refuse OLE files: Word 97-2003, or a DOCX that is encrypted with a password."""
    with path.open("rb") as file:
        if not file.read(8).startswith(_OLE):
            return
        rest = file.read(4 * _MIB)
    if _ENCRYPTED_PACKAGE in rest:
        raise Encrypted()
    raise UnsupportedType("A Word 97\u20132003 document (.doc) can't be read; save it as .docx.")


def _check_directory(entries: list[zipfile.ZipInfo], limits: ReaderLimits) -> None:
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > limits.max_entries or len(set(names)) != len(names):
        raise Bomb()
    if any(_escapes(name) for name in names):
        raise Bomb("The file contains entries with unsafe paths. Save it again in Word.")
    if sum(entry.file_size for entry in entries) > limits.max_archive_mb * _MIB:
        raise Bomb()
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise Encrypted()
    if "word/document.xml" not in names and "[content_types].xml" not in names:
        raise Corrupt() if not names else UnsupportedType()


def _escapes(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0] or "\0" in name


def _check_contents(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: ReaderLimits
) -> None:
    total = 0
    for entry in entries:
        is_xml = entry.filename.lower().endswith(_XML_NAMES)
        limit = (limits.max_part_mb if is_xml else limits.max_archive_mb) * _MIB
        size = _unpacked_size(archive, entry, limit, is_xml=is_xml)
        total += size
        dense = size > _RATIO_FREE and size > _RATIO * max(1, entry.compress_size)
        if dense or total > limits.max_archive_mb * _MIB:
            raise Bomb()


def _unpacked_size(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, *, is_xml: bool
) -> int:
    """Return the unpacked size of an entry; raises Bomb above `limit` or for XML with a DTD."""
    size = 0
    tail = b""
    with archive.open(entry) as part:
        while data := part.read(_STEP):
            size += len(data)
            if size > limit:
                raise Bomb()
            if is_xml:
                plain = data.replace(b"\0", b"")
                if _DTD.search(tail + plain):
                    raise Bomb(
                        "The file declares XML entities and was not read. Save it again in Word."
                    )
                tail = plain[-16:]
    return size
