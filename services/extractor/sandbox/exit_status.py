"""Maps the exit status of a reader process to the error of its file."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from services.extractor.document import ReaderLimits
from shared.domain.errors import (
    Bomb,
    Corrupt,
    EmptyFile,
    Encrypted,
    OutOfMemory,
    ParserCrash,
    QuireError,
    ReadTimeout,
    TooManyPages,
    UnsupportedType,
)

_ERRORS_BY_CODE = {
    failure.code: failure
    for failure in (
        Bomb,
        Corrupt,
        EmptyFile,
        Encrypted,
        OutOfMemory,
        ParserCrash,
        ReadTimeout,
        TooManyPages,
        UnsupportedType,
    )
}


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """Reports a reader's end: wait status (-1: unknown), CPU seconds, resident memory in MiB."""

    status: int = -1
    cpu_seconds: float = 0.0
    peak_memory_mb: int = 0
    base_memory_mb: int = 0

    @property
    def signal(self) -> int:
        """Return the number of the signal that killed the reader; 0 without one."""
        return self.status & 0x7F if self.status >= 0 else 0


def error_from_code(code: str, message: str) -> QuireError:
    """Return the error that a reader reported; an unknown code becomes ParserCrash."""
    return _ERRORS_BY_CODE.get(code, ParserCrash)(message or None)


def error_for(ended: ExitStatus, limits: ReaderLimits) -> QuireError:
    """Return the error of a reader that ended without reporting one.

    A parser that gets no memory often dereferences a null pointer; a peak of 80 % of the limit or
    more counts as out of memory, because the failed allocation itself is not part of the peak.
    """
    if ended.signal == signal.SIGXCPU:
        return ReadTimeout()
    used = ended.peak_memory_mb - ended.base_memory_mb
    if used >= 0.8 * limits.memory_mb:
        return OutOfMemory()
    return ParserCrash()
