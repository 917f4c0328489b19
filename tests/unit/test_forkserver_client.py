"""The forkserver's client closes the connections of its readers, and nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from unittest.mock import MagicMock

import uvloop

from services.extractor.document import ReaderLimits, ReadOptions
from services.extractor.sandbox.forkserver_client import ForkserverClient

# With so many, a descriptor that is closed twice meets one that another thread opens.
READERS = 2_000
THREADS = 3


def test_closing_readers_leaves_files_of_other_threads_open() -> None:
    # In a process of its own: the event loop aborts when one of its descriptors was closed.
    ended = subprocess.run(
        [sys.executable, "-m", "tests.unit.test_forkserver_client"],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr


def main() -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=open_and_close, args=[stop]) for _ in range(THREADS)]
    threading.excepthook = end_with_an_error
    for thread in threads:
        thread.start()
    try:
        uvloop.run(read_nothing())
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def open_and_close(stop: threading.Event) -> None:
    while not stop.is_set():
        for handle in [os.open("/dev/null", os.O_RDONLY) for _ in range(4)]:
            os.close(handle)


def end_with_an_error(failed: threading.ExceptHookArgs) -> None:
    print(repr(failed.exc_value), file=sys.stderr, flush=True)
    os._exit(1)


async def read_nothing() -> None:
    """Open readers that end at once, and close them."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with ours, theirs:
        client = ForkserverClient(MagicMock(), ours)
        for _ in range(READERS):
            options = ReadOptions("txt", "tokenizer.json")
            reader = await client.read(Path(__file__), options, ReaderLimits())
            _, descriptors, _, _ = socket.recv_fds(theirs, 4096, 2)
            os.read(descriptors[0], 4096)  # the order, as a reader would
            for descriptor in descriptors:
                os.close(descriptor)
            assert await reader.stream.read() == b""
            reader.transport.close()


if __name__ == "__main__":
    main()
