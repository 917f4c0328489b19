"""`python -m deploy.local`: runs every service and its servers on this computer until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.local.cluster import Cluster
from deploy.local.polling import Cancelled, NotUp
from deploy.local.services import SCALED_BY


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal arrives and return the exit code; 1 if the start failed."""
    options = _parser().parse_args(arguments)
    counts = {name: getattr(options, name.lower()) for name in SCALED_BY}
    ended = _on_signals()
    try:
        cluster = Cluster(options.folder, port=options.port, counts=counts)
        print("Starting ...", flush=True)
        cluster.start(ended)
        try:
            with _announced(cluster.gateway_url, options.ready_file):
                print(table(cluster), flush=True)
                ended.wait()
        finally:
            print("Stopping ...", flush=True)
            cluster.stop()
    except Cancelled:
        pass
    except NotUp as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def table(cluster: Cluster) -> str:
    """Return the table of processes with their addresses and logs."""
    rows = [(part.name, part.url or "-", _short(part.log)) for part in cluster.parts]
    wide, wider = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{name:{wide}}  {url:{wider}}  {log}" for name, url, log in rows]
    return "\n".join([*lines, "", f"Quire is ready at {cluster.gateway_url}. Ctrl-C stops it."])


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("data/cluster"), help="folder of data and logs"
    )
    parser.add_argument("--port", type=int, default=8000, help="port of the gateway; 0: a free one")
    parser.add_argument(
        "--ready-file", type=Path, help="file that gets the address when all is ready"
    )
    for name in SCALED_BY:
        default = os.environ.get(name) or "1"
        text = f"number of processes; default: {name} of the environment, or 1"
        parser.add_argument(f"--{name.lower()}", type=_count, default=default, help=text)
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(text)
    return count


def _on_signals() -> threading.Event:
    """Return an event that SIGINT and SIGTERM set; a second signal has no effect."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    return ended


@contextlib.contextmanager
def _announced(address: str, ready_file: Path | None) -> Iterator[None]:
    """Keep the file, with the address in it, until the context ends."""
    if ready_file is None:
        yield
        return
    partial = ready_file.with_name(f"{ready_file.name}.new")
    partial.write_text(address, encoding="utf-8")
    partial.replace(ready_file)
    try:
        yield
    finally:
        ready_file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
