"""Connects the service to its forkserver: starts it, requests readers, receives exit statuses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.extractor.document import ReaderLimits, ReadOptions
from services.extractor.sandbox import order
from services.extractor.sandbox.confinement import Confinement
from services.extractor.sandbox.exit_status import ExitStatus
from services.extractor.sandbox.protocol import MAX_MESSAGE
from shared.domain.errors import ParserCrash

log = logging.getLogger(__name__)

# Importing the parsers takes a second, but minutes on a busy machine, where readers come last.
_START_S = 240.0
_STOP_S = 5.0  # it exits as soon as its socket closes; SIGKILL follows


@dataclass(frozen=True, slots=True)
class Reader:
    """Represents a running reader: the stream of its frames and its future exit status."""

    job: int
    stream: asyncio.StreamReader
    transport: asyncio.BaseTransport
    ended: asyncio.Future[ExitStatus]


class ForkserverClient:
    """Controls one forkserver; once it has died, `alive` is false and its readers have ended.

    `confinement` says what the forkserver found when it restricted a process as it does a reader.
    """

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._jobs: dict[int, asyncio.Future[ExitStatus]] = {}
        self._last_job = 0
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(control, self._on_readable)
        self.alive = True
        self.confinement = Confinement()

    @classmethod
    async def open(cls, tokenizer_path: str, *, required: bool) -> ForkserverClient:
        """Start a forkserver and wait until its parsers are loaded.

        SettingsError: readers can't be confined as `required`.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            client = cls(_spawn(theirs, tokenizer_path, required), ours)
        try:
            await asyncio.wait_for(client._ready, _START_S)
            if required:
                client.confinement.require()
        except BaseException:
            await client.close()
            raise
        return client

    async def read(self, path: Path, options: ReadOptions, limits: ReaderLimits) -> Reader:
        """Fork a reader for `path`; raises ParserCrash if the forkserver has died.

        The reader gets the opened file and its own socket; the forkserver learns neither the path
        nor the options.
        """
        self._last_job += 1
        job = self._last_job
        ended: asyncio.Future[ExitStatus] = self._loop.create_future()
        self._jobs[job] = ended
        # Not a pipe: uvloop closes the descriptor of a pipe's file twice, and the second time it
        # may be that of a file or database that another thread opens at this moment.
        receive, send = socket.socketpair()
        with send:
            try:
                receive.setblocking(False)
                # Without O_NONBLOCK, opening a pipe would wait for a writer.
                file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
                try:
                    # An order is far smaller than what a socket holds, so it goes in one piece.
                    receive.sendall(order.encode(options, limits))
                    self._ask_to_read(job, send.fileno(), file)
                finally:
                    os.close(file)
                stream = asyncio.StreamReader()
                transport, _ = await self._loop.create_connection(
                    lambda: asyncio.StreamReaderProtocol(stream), sock=receive
                )
            except BaseException:
                receive.close()
                self.kill(job)
                raise
        return Reader(job, stream, transport, ended)

    def kill(self, job: int) -> None:
        """Kill a reader if it still runs, without blocking."""
        if self.alive and job in self._jobs:
            with contextlib.suppress(OSError):
                self._control.send(json.dumps({"ask": "kill", "job": job}).encode())

    async def close(self) -> None:
        """Close the control socket, which ends the forkserver and its readers."""
        self._disconnect()
        try:
            await asyncio.to_thread(self._process.wait, _STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    def _ask_to_read(self, job: int, output: int, file: int) -> None:
        message = json.dumps({"ask": "read", "job": job}).encode()
        try:
            socket.send_fds(self._control, [message], [output, file])
        except OSError as gone:
            self._disconnect()
            raise ParserCrash() from gone

    def _on_readable(self) -> None:
        try:
            data = self._control.recv(MAX_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._disconnect()
            return
        self._handle(json.loads(data))

    def _handle(self, message: dict[str, Any]) -> None:
        if "in_force" in message:
            self.confinement = Confinement.of(message["in_force"], message["reached"])
            if not self._ready.done():
                self._ready.set_result(None)
            return
        ended = self._jobs.pop(message.pop("job"), None)
        if ended and not ended.done():
            ended.set_result(ExitStatus(**message))

    def _disconnect(self) -> None:
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._control)
        self._control.close()
        for ended in self._jobs.values():
            if not ended.done():
                ended.set_result(ExitStatus())
        self._jobs.clear()
        if not self._ready.done():
            self._ready.set_exception(ParserCrash("The document parser could not be started."))
        self._process.poll()
        log.info("forkserver ended", extra={"pid": self._process.pid})


def _spawn(control: socket.socket, tokenizer_path: str, required: bool) -> subprocess.Popen[bytes]:
    """Start the forkserver with a minimal environment, so that it has no secrets."""
    fd = control.fileno()
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "services.extractor.sandbox.forkserver",
            str(fd),
            tokenizer_path,
            "required" if required else "best",
        ],
        env={
            "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
        },
        pass_fds=(fd,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        process_group=0,  # no Ctrl-C, but the same session: autogroups rank by nice value
    )
