"""Checks a document that is a ZIP archive of XML for bombs and entities before it is parsed.

Sizes are measured by unpacking as a stream, because the sizes that the archive states can be false.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import IO

from services.extractor.document import ReaderLimits
from services.extractor.readers.source import Source
from shared.domain.errors import Bomb, Corrupt, Encrypted, UnsupportedType

_MIB = 1024 * 1024
_STEP = 256 * 1024  # bytes unpacked at a time
_RATIO = 200  # unpacked to packed bytes; ordinary XML is far below, a ZIP bomb near deflate's 1,032
_RATIO_FREE = 8 * _MIB  # a smaller part may have any ratio: it costs little
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_FLAG = 0x1
_DTD = re.compile(rb"<!\s{0,9}(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENTITY = re.compile(rb"<!\s{0,9}ENTITY", re.IGNORECASE)
# One read of another method may unpack a whole bomb before its bytes are counted.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CONTENT_TYPES = "[content_types].xml"  # which may name another main part
_XML_NAMES = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx")


def check(source: Source, limits: ReaderLimits, *, main: str = "", doctype: bool = False) -> None:
    """Raise Encrypted, UnsupportedType, Bomb or Corrupt for a file that must not be parsed.

    `main` is the usual name of the main part, in small letters. With `doctype` the XML may name its
    document type, as XHTML does, but declare no entities.
    """
    _refuse_ole(source)
    with source.open("rb") as file:
        check_archive(file, limits, main=main, doctype=doctype)


def check_archive(
    file: IO[bytes], limits: ReaderLimits, *, main: str = "", doctype: bool = False
) -> None:
    """Raise Encrypted, UnsupportedType, Bomb or Corrupt for an archive that must not be parsed."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_directory(entries, limits, main)
            _check_contents(archive, entries, limits, _ENTITY if doctype else _DTD)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as broken:
        raise Corrupt() from broken
    except (NotImplementedError, RuntimeError) as unreadable:
        raise Corrupt() from unreadable


def _refuse_ole(source: Source) -> None:
    """Refuse OLE files: those of Office 97-2003, or new ones that a password encrypts."""
    with source.open("rb") as file:
        if not file.read(8).startswith(_OLE):
            return
        rest = file.read(4 * _MIB)
    if _ENCRYPTED_PACKAGE in rest:
        raise Encrypted()
    raise UnsupportedType(
        "A file of Office 97\u20132003 can't be read; save it as .docx, .xlsx or .pptx."
    )


def _check_directory(entries: list[zipfile.ZipInfo], limits: ReaderLimits, main: str) -> None:
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > limits.max_entries or len(set(names)) != len(names):
        raise Bomb()
    if any(_escapes(name) for name in names):
        raise Bomb("The file contains entries with unsafe paths. Save it again.")
    if sum(entry.file_size for entry in entries) > limits.max_archive_mb * _MIB:
        raise Bomb()
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise Encrypted()
    if not names:
        raise Corrupt()
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise UnsupportedType(
            "The file is packed by a method that is not read. Save it again in the program that"
            " made it."
        )
    if main and main not in names and _CONTENT_TYPES not in names:
        raise UnsupportedType()


def _escapes(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0] or "\0" in name


def _check_contents(
    archive: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    limits: ReaderLimits,
    refused: re.Pattern[bytes],
) -> None:
    total = 0
    for entry in entries:
        is_xml = entry.filename.lower().endswith(_XML_NAMES)
        limit = (limits.max_part_mb if is_xml else limits.max_archive_mb) * _MIB
        size = _unpacked_size(archive, entry, limit, refused if is_xml else None)
        total += size
        dense = size > _RATIO_FREE and size > _RATIO * max(1, entry.compress_size)
        if dense or total > limits.max_archive_mb * _MIB:
            raise Bomb()


def _unpacked_size(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, refused: re.Pattern[bytes] | None
) -> int:
    """Return the unpacked size of an entry; raises Bomb above `limit` or for a `refused` part."""
    size = 0
    tail = b""
    with archive.open(entry) as part:
        while data := part.read(_STEP):
            size += len(data)
            if size > limit:
                raise Bomb()
            if refused is not None:
                plain = data.replace(b"\0", b"")
                if refused.search(tail + plain):
                    raise Bomb(
                        "The file declares XML entities and was not read. Save it again in the"
                        " program that made it."
                    )
                tail = plain[-16:]
    return size
