"""`python -m deploy.grafana.picture [FOLDER]`: pictures of the dashboards with real data.

A private cluster works for some minutes, reads the documents below FOLDER too, and a real
Prometheus scrapes it. Then every panel's own queries are asked, and drawn as Grafana would.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.documents import of_corpus, of_folder
from deploy.grafana.drawing import draw
from deploy.grafana.panels import FOLDER, gather
from deploy.grafana.recording import RATE_INTERVAL, Recording, prometheus_in, record
from deploy.grafana.source import ask
from deploy.local.services import ROOT
from deploy.local.waiting import NotUp


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 if the cluster did not come up."""
    options = _parser().parse_args(arguments)
    kept = options.keep / "recording.json"
    try:
        if not options.again:
            record(options.keep, documents(options.folder)).keep(kept)
        take(options.keep, Recording.kept(kept), options.out)
    except NotUp as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def documents(folder: Path | None) -> Sequence[Path]:
    """All readable ones of a folder, else those of QUIRE_CORPUS, else none but the script's own."""
    if folder is not None:
        return of_folder(folder.resolve(), str(folder)).documents
    corpus = os.environ.get("QUIRE_CORPUS")
    return of_corpus(Path(corpus).resolve()).documents if corpus else ()


def take(keep: Path, recording: Recording, out: Path) -> None:
    """Ask what was recorded, and draw it."""
    out.mkdir(parents=True, exist_ok=True)
    prometheus = prometheus_in(keep)
    prometheus.start()
    asked = partial(ask, prometheus.url)
    try:
        for path in sorted(FOLDER.glob("*.json")):
            dashboard = gather(path, recording.over, asked, RATE_INTERVAL)
            picture = out / f"dashboard-{path.stem}.png"
            draw(dashboard, recording.over, recording.marks, picture)
            print(f"{picture}  {picture.stat().st_size / 1000:.0f} kB", flush=True)
    finally:
        prometheus.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.grafana.picture", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folder", nargs="?", type=Path, help="documents to read besides its own")
    parser.add_argument("--again", action="store_true", help="draw what was recorded last time")
    parser.add_argument(
        "--keep", type=Path, default=Path("data/pictures"), help="keeps what is recorded"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="gets pictures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
