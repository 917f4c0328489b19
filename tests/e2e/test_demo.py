"""The first steps of a new user: the demo, and the command line against a server of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

import pytest

from deploy.local.polling import until
from services.cli.client import Client
from services.cli.exits import CommandError
from services.cli.local_server import environment, local_server
from tests.support import warm
from tests.support.warm import WarmProcess

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "SOP-001-vaccine-cold-chain.pdf"
DEMO = "services.cli.demo"
PATIENCE_S = 240


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server(warm_parent: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warm.used(warm_parent), local_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def quire(warm_parent: str) -> Run:
    """Run a command of `quire` to its end."""
    return partial(run, warm_parent, "services.cli.main")


def run(
    parent: str, module: str, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = start(parent, module, *arguments, stdout=output, stderr=errors, **settings)
        code = process.wait(timeout=PATIENCE_S)
        for file in (output, errors):
            file.seek(0)
        return subprocess.CompletedProcess(arguments, code, output.read(), errors.read())


def start(
    parent: str, module: str, *arguments: str, stdout: IO[str], stderr: IO[str], **settings: str
) -> WarmProcess:
    return WarmProcess(
        parent,
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment(os.environ) | settings,
        stdout=stdout,
        stderr=stderr,
    )


def answer_of(quire: Run, *arguments: str) -> Any:
    done = quire(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_demo_succeeds_and_leaves_nothing_behind(tmp_path: Path) -> None:
    # No fork, but a new interpreter for each process, as `make demo` has them.
    demo = subprocess.run(
        [sys.executable, "-m", DEMO],
        cwd=ROOT,
        env=environment(os.environ) | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert demo.returncode == 0, demo.stdout
    assert "page" in demo.stdout
    assert "All checks passed." in demo.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_ends_its_server(
    by: signal.Signals, warm_parent: str, tmp_path: Path
) -> None:
    log, folder = tmp_path / "output.txt", tmp_path / "temporary"
    folder.mkdir()
    with log.open("w") as output:
        demo = start(warm_parent, DEMO, stdout=output, stderr=output, TMPDIR=str(folder))

    def addresses() -> list[str]:
        assert demo.poll() is None, log.read_text()
        return re.findall(r"Quire runs at (http\S+)\.\n", log.read_text())

    until(lambda: bool(addresses()), seconds=PATIENCE_S, otherwise=log.read_text)
    (address,) = addresses()
    demo.send_signal(by)
    assert demo.wait(timeout=PATIENCE_S) != 0
    assert list(folder.iterdir()) == []
    with pytest.raises(CommandError), Client(address) as client:
        client.ready()


def test_the_demo_runs_on_a_server_that_is_there(
    server: str, warm_parent: str, tmp_path: Path
) -> None:
    demo = run(warm_parent, DEMO, "--target", server, TMPDIR=str(tmp_path))
    assert demo.returncode == 0, demo.stdout


def test_one_document_from_upload_to_deletion(server: str, quire: Run) -> None:
    common = ("--url", server, "--collection", "mine")
    (sent,) = answer_of(quire, "ingest", str(SAMPLE), *common)["documents"]
    assert (sent["status"], sent["duplicate"]) == ("completed", False)
    assert sent["chunks"] > 0
    (again,) = answer_of(quire, "ingest", str(SAMPLE), *common)["documents"]
    assert (again["document_id"], again["duplicate"]) == (sent["document_id"], True)

    passages = answer_of(quire, "search", "alarm delay", *common)["passages"]
    assert {passage["document_id"] for passage in passages} == {sent["document_id"]}

    where = ("--url", server)
    assert answer_of(quire, "documents", "list", *common)["document_id"] == sent["document_id"]
    shown = answer_of(quire, "documents", "show", sent["document_id"], *where)
    assert shown["file_name"] == SAMPLE.name
    assert answer_of(quire, "verify", *where)["ok"]
    answer_of(quire, "documents", "delete", sent["document_id"], "--yes", *where)
    assert answer_of(quire, "search", "alarm delay", *common)["passages"] == []


def test_a_file_that_is_refused_ends_the_command_with_one(
    server: str, quire: Run, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"MZ\x90\0 no document")
    done = quire("ingest", str(bad), "--url", server)
    assert done.returncode == 1
    assert "bad.pdf" in done.stdout


def test_an_unknown_document_ends_the_command_with_one(server: str, quire: Run) -> None:
    done = quire("documents", "show", "00000000-0000-4000-8000-000000000000", "--url", server)
    assert done.returncode == 1
    assert done.stderr.startswith("quire: ")


@pytest.mark.usefixtures("warm_starts")
def test_a_data_folder_in_use_is_not_opened_twice(quire: Run, tmp_path: Path) -> None:
    with local_server(tmp_path):
        done = quire("serve", "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "process" in done.stderr
