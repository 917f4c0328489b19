"""Each evaluation runs as a command on a tiny test set and keeps its figures."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from services.cli.client import Client
from tests.support.encoders import SmallModel
from tests.support.serve import Server
from tests.support.warm import WarmProcess

ROOT = Path(__file__).parents[2]
TEXTS = {
    "0-0": ("Freezers", "The alarm delay of freezer UF-1 is 20 minutes. Records are kept."),
    "0-1": ("Freezers", "The lamp of the cold room is checked every month by the technician."),
    "1-0": ("Visitors", "Visitors wear a badge. They sign the visitor book at the gate."),
}
QUERIES = [
    ("q0", "Where do visitors sign?", "at the gate", "1-0"),
    ("q1", "What is the alarm delay of freezer UF-1?", "20 minutes", "0-0"),
]
CASES: list[dict[str, Any]] = [
    {"id": "a", "kind": "table", "question": "How long is the alarm delay?", "first": ["20"]},
    {"id": "b", "kind": "absent", "question": "Who painted the tower bridge?", "abstain": True},
]


def write_retrieval_set(folder: Path) -> None:
    folder.mkdir(parents=True)
    texts = [{"_id": key, "title": title, "text": text} for key, (title, text) in TEXTS.items()]
    with gzip.open(folder / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(lines_of(texts))
    queries = [{"_id": key, "text": text, "answers": [answer]} for key, text, answer, _ in QUERIES]
    (folder / "queries.jsonl").write_text(lines_of(queries), encoding="utf-8")
    grades = [f"{key}\t{text_id}\t1" for key, _, _, text_id in QUERIES]
    rows = ["query-id\tcorpus-id\tscore", *grades]
    (folder / "qrels.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_cases(folder: Path) -> None:
    (folder / "files").mkdir(parents=True)
    for name in ("one.md", "two.txt"):
        text = f"# {name}\n\n{TEXTS['0-0'][1]}\n"
        (folder / "files" / name).write_text(text, encoding="utf-8")
    rest = {"files": ["one.md", "two.txt"], "absent": [], "abstain": False}
    (folder / "cases.jsonl").write_text(lines_of([rest | case for case in CASES]))


def lines_of(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def start(parent: str, folder: Path, *arguments: str) -> WarmProcess:
    command = [sys.executable, "-m", "eval", *arguments]
    command += ["--folder", str(folder), "--results", str(folder / "results")]
    with (folder / "output.txt").open("wb") as output:
        return WarmProcess(parent, command, cwd=ROOT, stdout=output, stderr=output)


def figures_in(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the kept figures and the printed text."""
    (written,) = (folder / "results").glob("*.json")
    return json.loads(written.read_text()), (folder / "output.txt").read_text()


@pytest.fixture
def server(
    warm_parent: str, small_model: SmallModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """Yield a server that starts, with the small model; servers of evaluations use it too."""
    for name, value in small_model.environment.items():
        monkeypatch.setenv(name, value)
    server = Server(tmp_path / "data", warm_parent)
    server.start(wait=False)
    yield server
    server.stop()


def test_evaluations_run_and_keep_their_figures(
    warm_parent: str, server: Server, tmp_path: Path
) -> None:
    write_retrieval_set(tmp_path / "retrieval" / "tiny")
    write_retrieval_set(tmp_path / "fit" / "tiny")
    write_cases(tmp_path / "cases")
    # Run at the same time, because each mostly waits for its server to start.
    retrieval = start(warm_parent, tmp_path / "retrieval", "retrieval")
    server.wait_until_ready()
    answers = start(warm_parent, tmp_path / "cases", "answers", "--show", "--target", server.url)
    fit = start(warm_parent, tmp_path / "fit", "fit", "--target", server.url)
    ends = retrieval.wait(), answers.wait(), fit.wait()
    with Client(server.url) as client:
        assert list(client.documents({}, limit=10)) == []
    outputs = [
        (tmp_path / name / "output.txt").read_text() for name in ("retrieval", "cases", "fit")
    ]
    assert ends == (0, 0, 0), outputs

    kept, printed = figures_in(tmp_path / "retrieval")
    figures = kept["retrieval"]["tiny"]
    assert "Retrieval: tiny" in printed
    assert (figures["documents"], figures["unread"], figures["latency"]["count"]) == (3, {}, 2)
    # There are fewer documents than ranks that count, so that each question finds its own.
    assert figures["hit@10"] == {"mean": 1.0, "low": 1.0, "high": 1.0, "count": 2}

    kept, printed = figures_in(tmp_path / "fit")
    # The only question of each half is answered as it is.
    assert kept["fit"]["best"] == kept["fit"]["present"]
    assert set(kept["fit"]["sets"]["tiny"].values()) == {1.0}
    assert "| tiny | 1.0000 |" in printed

    kept, printed = figures_in(tmp_path / "cases")
    figures = kept["answers"]["cases"]
    assert figures["answerable"]["right"]["count"] == 1
    assert figures["unanswerable"]["refused"]["count"] == 1
    assert [case["id"] for case in figures["cases"]] == ["a", "b"]
    for case in figures["cases"]:
        wrong = case["outcome"] != ("right" if case["id"] == "a" else "refused")
        assert (f"question  {case['question']}" in printed) == wrong


@pytest.mark.parametrize("part", ["retrieval", "answers"])
def test_folder_without_test_sets_is_an_error(
    part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([part, "--folder", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err.replace("\n", "")


@pytest.mark.parametrize("part", ["retrieval", "answers"])
def test_without_a_folder_its_option_is_named(
    part: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("QUIRE_RETRIEVAL", raising=False)
    monkeypatch.delenv("QUIRE_CASES", raising=False)
    assert main([part]) == 1
    assert "--folder" in capsys.readouterr().err
