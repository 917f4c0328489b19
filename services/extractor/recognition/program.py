"""Runs a program on bytes, with limits on its time, memory and output; it leaves no process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
from collections.abc import Mapping, Sequence

from shared.domain.errors import OutOfMemory, ParserCrash, ReadTimeout

_MAX_OUTPUT = 16 * 1024 * 1024  # bytes; a dense newspaper page has about 2 MB
_PIECE = 256 * 1024
_MIB = 1024 * 1024
_NICE = 5  # questions come first, as in a reader


async def run_program(
    argv: Sequence[str],
    stdin: bytes,
    *,
    environment: Mapping[str, str],
    seconds: float,
    memory_mb: int,
) -> bytes:
    """Return what the program writes. ReadTimeout, OutOfMemory, ParserCrash: it failed.

    Its environment has nothing but what is given; it writes no files.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(environment),
        start_new_session=True,
    )
    try:
        _limit(process.pid, seconds, memory_mb)
        async with asyncio.timeout(seconds):
            output = await _exchange(process, stdin)
            status = await process.wait()
    except TimeoutError as error:
        raise ReadTimeout from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with what it started
            await asyncio.shield(process.wait())
    if status:
        raise _error_of(status)
    return output


def _limit(pid: int, seconds: float, memory_mb: int) -> None:
    """Limit a process before it has got its input."""
    memory, processor = memory_mb * _MIB, max(1, int(seconds))
    for kind, limits in (
        (resource.RLIMIT_AS, (memory, memory)),
        (resource.RLIMIT_CPU, (processor, processor + 5)),  # SIGXCPU, then SIGKILL
        (resource.RLIMIT_FSIZE, (0, 0)),
        (resource.RLIMIT_CORE, (0, 0)),
    ):
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, kind, limits)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _NICE)


async def _exchange(process: asyncio.subprocess.Process, stdin: bytes) -> bytes:
    """Send the input and return the output; raises ParserCrash for too much of it."""
    assert process.stdin is not None and process.stdout is not None
    sending = asyncio.create_task(_send(process.stdin, stdin))
    output = bytearray()
    try:
        while piece := await process.stdout.read(_PIECE):
            output += piece
            if len(output) > _MAX_OUTPUT:
                raise ParserCrash
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    return bytes(output)


async def _send(stdin: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for start in range(0, len(data), _PIECE):
            stdin.write(data[start : start + _PIECE])
            await stdin.drain()
        stdin.close()


def _error_of(status: int) -> ReadTimeout | OutOfMemory | ParserCrash:
    """Return the error of a program that failed.

    One that gets no memory ends with SIGABRT, as C++ does.
    """
    if -status == signal.SIGXCPU:
        return ReadTimeout()
    return OutOfMemory() if -status == signal.SIGABRT else ParserCrash()
