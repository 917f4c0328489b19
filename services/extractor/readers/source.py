"""The file that a reader reads: a path, or a mapped file where nothing can be opened."""

from __future__ import annotations

import errno
import io
import mmap
import os
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol

if TYPE_CHECKING:  # Part of the standard library from Python 3.12 on.
    from typing_extensions import Buffer


class Source(Protocol):
    """What a reader gets of its file; a `Path` is one."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """Return the file from its start; it can be opened again while it is open."""
        ...


class MappedFile:
    """A file in the address space of this process: to read it needs no path and no system call.

    Its pages are those of the system's file cache, so a large file takes no memory of its own.
    """

    def __init__(self, descriptor: int) -> None:
        """Map an open file, which may then be closed."""
        size = os.fstat(descriptor).st_size
        self.contents = memoryview(
            mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) if size else b""
        )

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """Return the file from its start."""
        return io.BufferedReader(_Window(self.contents))


class _Window(io.RawIOBase):
    """Reads a part of memory as a file."""

    def __init__(self, contents: memoryview) -> None:
        self._contents = contents
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._contents)}[whence]
        if start + offset < 0:
            # As a file of the system does; libraries that read archives rely on it.
            raise OSError(errno.EINVAL, "a position before the start of the file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Buffer, /) -> int:
        target = memoryview(buffer).cast("B")
        part = self._contents[self._at : self._at + len(target)]
        target[: len(part)] = part
        self._at += len(part)
        return len(part)


def contents(file: Source) -> memoryview:
    """Return all bytes of a file, which are not read before they are needed."""
    if isinstance(file, MappedFile):
        return file.contents
    with file.open("rb") as opened:
        return MappedFile(opened.fileno()).contents


def size_of(file: Source) -> int:
    """Return the number of bytes of a file."""
    with file.open("rb") as opened:
        return opened.seek(0, os.SEEK_END)
