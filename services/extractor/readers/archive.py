"""Gives out the members of a ZIP archive, which become documents of their own; it has no text.

Sizes are counted while a member is unpacked, because those that the archive states can be false.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator

from services.extractor.document import Member, Page, ReaderLimits, ReadOptions
from services.extractor.readers.members import PIECE, TOO_MANY, path_of
from services.extractor.readers.source import Source
from shared.domain.errors import Bomb, Corrupt, Encrypted

_MIB = 1024 * 1024
_RATIO = 200  # unpacked to packed bytes; documents are far below, a ZIP bomb near deflate's 1,032
_RATIO_FREE = 8 * _MIB  # a smaller member may have any ratio: it costs little
_ENCRYPTED_FLAG = 0x1
# Of other methods, one read may unpack a whole bomb before its bytes are counted.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError,
           RuntimeError)  # fmt: skip

_PROTECTED = "It is protected by a password. Unpack it and upload it by itself."
_DAMAGED = "It is damaged in the archive, or packed by a method that can't be read."
_EXPANDS = "It expands to far more data than a document holds."
_TOO_LARGE = (
    "The files in the archive are larger in all than this server accepts. Upload it by itself."
)
_LEADS_OUT = "Its path leads out of the archive, or it is a link to another file."


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield no page, after a look at the directory of the archive.

    Corrupt: it is no archive. Bomb: it has too many entries. Encrypted: so are all of its files.
    """
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            files = _files(archive, limits)
    except _BROKEN as broken:
        raise Corrupt() from broken
    if files and all(_is_encrypted(one) for one in files):
        raise Encrypted(
            "The archive is protected by a password. Unpack it and upload the files in it."
        )
    return iter(())


def members(source: Source, limits: ReaderLimits) -> Iterator[Member]:
    """Yield the files of the archive in order, those that can't be given out with the reason."""
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield from _Unpacking(archive, limits).members()
    except _BROKEN as broken:
        raise Corrupt() from broken


class _Unpacking:
    """Unpacks one archive and counts what it gives out."""

    def __init__(self, archive: zipfile.ZipFile, limits: ReaderLimits) -> None:
        self._archive = archive
        self._limits = limits
        self._left = limits.max_members_mb * _MIB

    def members(self) -> Iterator[Member]:
        """Yield all files."""
        for number, entry in enumerate(_files(self._archive, self._limits)):
            path = path_of(entry.filename)
            if number >= self._limits.max_members:
                yield Member(path, refusal=("too_large", TOO_MANY))
            elif refusal := self._refusal(entry):
                yield Member(path, refusal=refusal)
            else:
                yield from self._pieces(path, entry)

    def _refusal(self, entry: zipfile.ZipInfo) -> tuple[str, str] | None:
        """Return why an entry is not unpacked, as its directory tells."""
        if _is_encrypted(entry):
            return "encrypted", _PROTECTED
        if entry.compress_type not in _METHODS:
            return "corrupt", _DAMAGED
        if _leads_out(entry):
            return "unsupported_type", _LEADS_OUT
        if entry.file_size > self._left:
            return "too_large", _TOO_LARGE
        return None

    def _pieces(self, path: str, entry: zipfile.ZipInfo) -> Iterator[Member]:
        """Yield an entry in pieces of at most 1 MiB; its last one may say that it is refused."""
        size = 0
        try:
            with self._archive.open(entry) as part:
                while piece := part.read(PIECE):
                    size += len(piece)
                    self._left -= len(piece)
                    if size > _RATIO_FREE and size > _RATIO * max(1, entry.compress_size):
                        yield Member(path, refusal=("bomb", _EXPANDS))
                        return
                    if self._left < 0:
                        yield Member(path, refusal=("too_large", _TOO_LARGE))
                        return
                    yield Member(path, piece, last=False)
        except _BROKEN:
            yield Member(path, refusal=("corrupt", _DAMAGED))
            return
        yield Member(path)


def _files(archive: zipfile.ZipFile, limits: ReaderLimits) -> list[zipfile.ZipInfo]:
    """Return the entries that are files of people, not folders or what systems leave beside them.

    Bomb: there are too many entries.
    """
    entries = archive.infolist()
    if len(entries) > limits.max_entries:
        raise Bomb(
            f"The archive has more than {limits.max_entries:,} files, which is more than this"
            " server accepts. Split it and upload the parts."
        )
    return [one for one in entries if not one.is_dir() and not _is_litter(one.filename)]


def _is_litter(name: str) -> bool:
    folder, _, last = name.replace("\\", "/").rpartition("/")
    return "__MACOSX" in folder.split("/") or last in (".DS_Store", "Thumbs.db", "desktop.ini")


def _is_encrypted(entry: zipfile.ZipInfo) -> bool:
    return bool(entry.flag_bits & _ENCRYPTED_FLAG)


def _leads_out(entry: zipfile.ZipInfo) -> bool:
    """Return whether unpacking the entry on a disk would reach beyond its folder."""
    parts = entry.filename.replace("\\", "/").split("/")
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return is_link or ".." in parts or parts[0] == "" or parts[0].endswith(":")
