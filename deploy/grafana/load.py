"""Minutes in the life of a cluster: documents in waves, questions, workers that come and go."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import upload_all, wait_for_all
from deploy.grafana.client import Client, repeating
from deploy.grafana.notes import Writer
from deploy.grafana.panels import Mark
from deploy.local.cluster import Cluster
from deploy.local.services import ROOT

WORKER = "embedder-worker"
_SAMPLES = ROOT / "samples"
_SHORT_NOTES, _LONG_NOTES, _SECTIONS = 20, 90, 80
# Each by one client.
_LOOK_UP_EVERY_S, _ASK_EVERY_S, _NOTE_EVERY_S = 0.2, 0.6, 3.0
_CROWD, _CROWD_EVERY_S = 4, 0.1


def play(
    cluster: Cluster, documents: Sequence[Path], folder: Path, joined: Callable[[], None]
) -> list[Mark]:
    """Return when everything is done that was sent. `joined` is called for every new process."""
    with Client(cluster.gateway_url) as client:
        scene = Scene(cluster, client, Writer(folder), joined)
        with scene.questions(), client.following():
            scene.until(15)
            upload_all(client, [*_samples(), *_broken(folder), *scene.short_notes(_SHORT_NOTES)])
            scene.until(45)
            with scene.wave(documents), scene.daily_notes(), client.following():
                scene.until(100)
                scene.mark("a second worker")
                first_to_go = scene.add_worker()
                scene.until(120)
                with scene.crowd(), client.following():
                    scene.until(150)
                scene.mark("two more workers")
                scene.add_worker()
                scene.add_worker()
                scene.until(190)
                scene.mark("one is killed")
                cluster.kill(first_to_go)
            wait_for_all(client)
        return scene.marks


@dataclass
class Scene:
    """What can happen, in words of one line."""

    cluster: Cluster
    client: Client
    writer: Writer
    joined: Callable[[], None]
    marks: list[Mark] = field(default_factory=list)
    begun: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        # Not a generator: several clients take from it at once.
        self._questions = map(_question, itertools.count())

    def until(self, second: float) -> None:
        time.sleep(max(0.0, self.begun + second - time.time()))

    def mark(self, what: str) -> None:
        now = time.time()
        self.marks.append(Mark(now, what))
        print(f"{now - self.begun:4.0f} s  {what}", flush=True)

    def add_worker(self) -> str:
        name = self.cluster.add(WORKER)
        self.joined()
        return name

    def short_notes(self, many: int) -> list[Path]:
        return [self.writer.short() for _ in range(many)]

    @contextlib.contextmanager
    def wave(self, documents: Sequence[Path]) -> Iterator[None]:
        """More than one worker gets done; all are sent at the end."""
        paths = [*documents, *(self.writer.long(_SECTIONS) for _ in range(_LONG_NOTES))]
        self.mark(f"{len(paths)} documents")
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(upload_all, self.client, paths)
            yield
            sent.result()

    @contextlib.contextmanager
    def daily_notes(self) -> Iterator[None]:
        """Small documents beside the wave, which they overtake."""
        with repeating(lambda: self.client.upload(self.writer.short()), _NOTE_EVERY_S):
            yield

    @contextlib.contextmanager
    def questions(self) -> Iterator[None]:
        with repeating(self._look_up, _LOOK_UP_EVERY_S), repeating(self._ask, _ASK_EVERY_S):
            yield

    @contextlib.contextmanager
    def crowd(self) -> Iterator[None]:
        with contextlib.ExitStack() as clients:
            for _ in range(_CROWD):
                clients.enter_context(repeating(self._look_up, _CROWD_EVERY_S))
            yield

    def _look_up(self) -> None:
        self.client.look_up(next(self._questions))

    def _ask(self) -> None:
        self.client.ask(next(self._questions))


def _question(number: int) -> str:
    """One of the samples' or about a procedure; none comes twice, the server would remember it."""
    known = json.loads((_SAMPLES / "questions.json").read_text(encoding="utf-8"))
    kinds = [*(each["question"] for each in known), "What is said of the valve in this procedure?"]
    return f"{kinds[number % len(kinds)]} (case {number})"


def _samples() -> list[Path]:
    return sorted(path for path in _SAMPLES.iterdir() if path.suffix in (".pdf", ".docx"))


def _broken(folder: Path) -> list[Path]:
    """Two files that nobody can read: they fail, and must not stop anything."""
    paths = [folder / "torn.pdf", folder / "empty-shell.docx"]
    paths[0].write_bytes(b"%PDF-1.7\nThe rest was lost.\n")
    paths[1].write_bytes(b"PK\x05\x06" + bytes(18))
    return paths
