"""What a newcomer does first: the demo, and the command line against a server of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.cli.client import Client
from services.cli.exits import CommandError
from services.cli.local_server import environment, local_server

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "SOP-001-vaccine-cold-chain.pdf"
PATIENCE_S = 240


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with local_server(tmp_path_factory.mktemp("server")) as url:
        yield url


def quire(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.main", *arguments],
        cwd=ROOT,
        env=environment(os.environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def answer_of(*arguments: str) -> Any:
    done = quire(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def start_demo(*arguments: str, tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli.demo", *arguments],
        cwd=ROOT,
        env=environment(os.environ) | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Whoever runs the tests in the background may have Ctrl-C ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_the_demo_succeeds_and_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = start_demo(tmp_path=tmp_path)
    output, _ = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 0, output
    assert "page" in output
    assert "All checks passed." in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_interrupted_takes_its_server_along(
    by: signal.Signals, tmp_path: Path
) -> None:
    demo = start_demo(tmp_path=tmp_path)
    assert demo.stdout is not None
    for line in demo.stdout:
        if "Quire runs at" in line:
            address = next(word for word in line.split() if word.startswith("http")).rstrip(".")
            break
    else:
        pytest.fail("the demo told no address")
    demo.send_signal(by)
    demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode not in (0, None)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CommandError), Client(address) as client:
        client.ready()


def test_the_demo_runs_on_a_server_that_is_there(server: str, tmp_path: Path) -> None:
    demo = start_demo("--target", server, tmp_path=tmp_path)
    output, _ = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 0, output


def test_one_document_from_upload_to_deletion(server: str) -> None:
    common = ("--url", server, "--collection", "mine")
    (sent,) = answer_of("ingest", str(SAMPLE), *common)["documents"]
    assert (sent["status"], sent["duplicate"]) == ("completed", False)
    assert sent["chunks"] > 0
    (again,) = answer_of("ingest", str(SAMPLE), *common)["documents"]
    assert (again["document_id"], again["duplicate"]) == (sent["document_id"], True)

    passages = answer_of("search", "alarm delay", *common)["passages"]
    assert {passage["document_id"] for passage in passages} == {sent["document_id"]}

    where = ("--url", server)
    assert answer_of("documents", "list", *common)["document_id"] == sent["document_id"]
    shown = answer_of("documents", "show", sent["document_id"], *where)
    assert shown["file_name"] == SAMPLE.name
    assert answer_of("verify", *where)["ok"]
    answer_of("documents", "delete", sent["document_id"], "--yes", *where)
    assert answer_of("search", "alarm delay", *common)["passages"] == []


def test_a_file_that_is_refused_ends_the_command_with_one(server: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"MZ\x90\0 no document")
    done = quire("ingest", str(bad), "--url", server)
    assert done.returncode == 1
    assert "bad.pdf" in done.stdout


def test_an_unknown_document_ends_the_command_with_one(server: str) -> None:
    done = quire("documents", "show", "00000000-0000-4000-8000-000000000000", "--url", server)
    assert done.returncode == 1
    assert done.stderr.startswith("quire: ")


def test_a_data_folder_in_use_is_not_opened_twice(tmp_path: Path) -> None:
    with local_server(tmp_path):
        done = quire("serve", "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "process" in done.stderr
