"""Each command of the benchmark runs on two tiny documents, except those that need a cluster."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench import report
from bench.__main__ import main, parser, sizes_of
from bench.measure import milliseconds
from bench.sizes import QUICK, Sizes
from tests.support.encoders import SmallModel
from tests.support.warm import WarmProcess

ROOT = Path(__file__).parents[2]
PROSE = "The duty manager approves every deviation report before the cold room is opened again. "


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("one.md", "two.txt"):
        folder.joinpath(name).write_text(f"# {name}\n\n{PROSE * 3}Found in {name}.\n")
    monkeypatch.setenv("QUIRE_BENCH_DOCS", str(folder))
    return folder


@pytest.fixture
def small_encoder(small_model: SmallModel, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in small_model.environment.items():
        monkeypatch.setenv(name, value)


def start(parent: str, part: str, results: Path) -> WarmProcess:
    command = [sys.executable, "-m", "bench", part, "--quick", "--results", str(results)]
    with results.with_suffix(".txt").open("wb") as output:
        return WarmProcess(parent, command, cwd=ROOT, stdout=output)


@pytest.mark.usefixtures("documents", "small_encoder")
def test_parts_run_and_write_their_figures(warm_parent: str, tmp_path: Path) -> None:
    # Run at the same time, because each mostly waits for servers to start.
    ingest = start(warm_parent, "ingest", tmp_path / "1")
    retrieve = start(warm_parent, "retrieve", tmp_path / "2")
    listeners = start(warm_parent, "listeners", tmp_path / "3")
    assert (ingest.wait(), retrieve.wait(), listeners.wait()) == (0, 0, 0)
    (followed,) = (tmp_path / "3").glob("*.json")
    assert json.loads(followed.read_text())["listeners"]["delay to those of all"]["count"] > 0
    assert "Ingest of 2 documents" in (tmp_path / "1.txt").read_text()
    (written,), (other,) = ((tmp_path / each).glob("*.json") for each in "12")
    figures = json.loads(written.read_text()) | json.loads(other.read_text())
    counts = {run["system"]: (run["documents"], run["failed"]) for run in figures["ingest"]}
    assert counts == {"server": (2, 0), "baseline": (2, 0)}
    assert figures["latency"]["while_ingesting"]["ready_s"] > 0
    assert figures["retrieve"]["chunks"] >= QUICK.chunks
    assert figures["retrieve"]["in_process"]["count"] > 0
    for measured in ("alone", "8_clients"):
        assert figures["retrieve"]["over_http"][measured]["cpu_ms"] >= 0
    answers = figures["retrieve"]["answers_over_http"]
    assert answers["count"] > 0
    assert answers["cpu_ms"] >= 0
    assert 0 <= answers["answered"] <= 1


def test_files_lists_the_measured_documents(
    documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["files"]) == 0
    assert capsys.readouterr().out.split() == [str(path) for path in sorted(documents.iterdir())]


def test_folder_without_documents_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUIRE_BENCH_DOCS", str(tmp_path))
    assert main(["ingest", "--quick"]) == 1
    assert "QUIRE_BENCH_DOCS" in capsys.readouterr().err


def test_sizes_come_from_options_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIRE_BENCH_CHUNKS", "7")
    assert sizes_of(parser().parse_args(["retrieve", "--rounds", "3"])) == Sizes(rounds=3, chunks=7)
    assert sizes_of(parser().parse_args(["distributed", "--quick"])) == QUICK


def test_report_of_a_cluster_is_shown() -> None:
    figures = {
        "machine": {"processor": "p", "cores": 2},
        "distributed": {"wall_s": 1.5, "upload_burst": milliseconds([0.1, 0.2])},
        "latency": {"small, idle": milliseconds([0.07])},
        "scaling": {"1 workers, chunks/s": 20.0, "2 workers to one": 1.9},
    }
    console = Console(width=100)
    with console.capture() as captured:
        report.show(figures, console)
    assert all(part in captured.get() for part in ("Distributed", "small, idle", "1.9"))
