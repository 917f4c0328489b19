"""Tests Quire in containers: `make compose-test`.

Builds every image, starts a Compose project, runs the demo, kills one of three embedder workers
during an ingest, and checks that nothing is lost and that Prometheus sees every service. The
project is removed at the end; the images stay, tagged `compose-test`.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from deploy.local.polling import NotUp, until
from services.cli.client import Client
from services.cli.exits import CommandError
from services.cli.ingestion import Item, send_all
from tools.compose_stack import Failed, Stack

WORKER = "embedder-worker"
WORKERS = 3
SCRAPED = {"gateway", "extractor", "embedder", "embedder-interactive", WORKER, "indexer", "query"}
# Enough documents and passages that many are unfinished when a worker is killed.
DOCUMENTS = 40
SECTIONS = 30
# Seconds for one condition, such as containers becoming healthy on a slow machine.
WITHIN_S = 180.0
# Seconds between polls: each one may start a Docker command.
POLL_EVERY_S = 1.0
WORDS = "harbour ledger pump winter valve cargo bridge signal copper garden engine report".split()


class Killer:
    """Implements `View`: kills a worker when the first document of an ingest is completed."""

    def __init__(self, stack: Stack, items: list[Item]) -> None:
        self._stack = stack
        self._items = items
        self.unfinished = 0

    def changed(self, item: Item) -> None:
        if self.unfinished or not item.ok:
            return
        self.unfinished = sum(not each.done for each in self._items)
        victim = self._stack.healthy(WORKER)[0]
        self._stack.run("docker", "kill", victim)
        _print_step(
            f"killed worker {victim[:12]} while {self.unfinished} documents were unfinished"
        )


def main() -> int:
    """Run the test and return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="quire-compose-") as folder:
        stack = Stack(Path(folder))
        try:
            with stack.taken_down():
                _run_steps(stack, Path(folder))
        except (Failed, NotUp, CommandError) as error:
            print(f"The container test failed: {error}", file=sys.stderr)
            return 1
    _print_step("the project and its volumes are removed; the container test passed")
    return 0


def _run_steps(stack: Stack, folder: Path) -> None:
    _print_step("building the images; the first time takes minutes")
    stack.compose("build")
    _print_step("built " + ", ".join(f"{name} ({size} MB)" for name, size in stack.sizes().items()))
    _start(stack, workers=1)
    stack.run(sys.executable, "-m", "services.cli.demo", "--target", stack.url)
    _print_step("the demo passed")
    _start(stack, "--no-recreate", workers=WORKERS)
    with Client(stack.url, stack.key) as client:
        _kill_a_worker_during_ingest(stack, client, folder)
        if not client.verify(repair=False)["ok"]:
            raise Failed("`quire verify` found faults.")
    _print_step("verified: nothing is lost, duplicated or stuck")
    stack.compose("up", "--detach", "--no-build", "--no-deps", "prometheus")
    _until(lambda: _scraped(stack) == SCRAPED, "Prometheus does not see every service")
    _print_step("Prometheus sees every service")


def _start(stack: Stack, *options: str, workers: int) -> None:
    # With dependencies, without monitoring.
    scale = ("--scale", f"{WORKER}={workers}")
    stack.compose("up", "--detach", "--no-build", *options, *scale, "beat", *sorted(SCRAPED))
    _until(lambda: _is_ready(stack), "the gateway is not ready")
    _until(lambda: len(stack.healthy(WORKER)) == workers, f"no {workers} workers are healthy")
    _print_step(f"ready, embedder workers: {workers}")


def _kill_a_worker_during_ingest(stack: Stack, client: Client, folder: Path) -> None:
    items = [_document(folder / f"document-{number}.md") for number in range(DOCUMENTS)]
    killer = Killer(stack, items)
    send_all(client, items, {"collection": "killed"}, killer, wait=True)
    if not killer.unfinished:
        raise Failed("Every document was done before a worker could be killed.")
    if lost := [f"{item.path.name} ({item.status})" for item in items if not item.ok]:
        raise Failed(f"After a worker was killed, not completed: {', '.join(lost)}.")
    _print_step(f"all {len(items)} documents are completed")


def _document(path: Path) -> Item:
    """Write Markdown without repeated passages, so that each one has to be encoded."""
    lines = [f"# {path.stem}"]
    for number in range(SECTIONS):
        words = " ".join(random.choices(WORDS, k=100))
        lines += ["", f"## Part {number}", "", f"{path.stem} part {number}: {words}."]
    path.write_text("\n".join(lines), encoding="utf-8")
    return Item(path, path.stat().st_size)


def _is_ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.url}/readyz", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _scraped(stack: Stack) -> set[str]:
    """Return the services whose replicas Prometheus all reads; none while it starts."""
    try:
        answer = json.loads(stack.fetch("http://prometheus:9090/api/v1/targets"))
    except Failed:
        return set()
    targets = [each for each in answer["data"]["activeTargets"] if each["scrapePool"] == "quire"]
    down = {each["labels"]["service"] for each in targets if each["health"] != "up"}
    return {each["labels"]["service"] for each in targets} - down


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    until(
        holds,
        seconds=WITHIN_S,
        otherwise=lambda: f"After {WITHIN_S:.0f} s {otherwise}.",
        every_s=POLL_EVERY_S,
    )


def _print_step(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
