"""What the end of a reader process means for its file: a pure rule."""

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
    """How a reader ended: its wait status, CPU seconds, and peak resident memory in MiB."""

    status: int = -1
    cpu_seconds: float = 0.0
    peak_memory_mb: int = 0
    base_memory_mb: int = 0

    @property
    def signal(self) -> int:
        return self.status & 0x7F if self.status >= 0 else 0


def error_from_code(code: str, message: str) -> QuireError:
    """The error a reader named itself. An unknown code counts as a crash."""
    return _ERRORS_BY_CODE.get(code, ParserCrash)(message or None)


def error_for(ended: ExitStatus, limits: ReaderLimits) -> QuireError:
    """Why a reader stopped without saying so.

    A parser that gets no memory often dies of a null pointer instead of saying it; the peak tells
    the two apart.
    """
    if ended.signal == signal.SIGXCPU:
        return ReadTimeout()
    used = ended.peak_memory_mb - ended.base_memory_mb
    if used >= 0.8 * limits.memory_mb:
        return OutOfMemory()
    return ParserCrash()
