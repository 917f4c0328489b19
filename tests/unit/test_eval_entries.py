"""Each evaluation runs as a command on two tiny test sets and prints its figures."""

from __future__ import annotations

import gzip
import json
import runpy
from pathlib import Path

import pytest

from shared import encoders
from tests.support.fakes import HashingEncoder

TEXTS = {
    "0-0": "The alarm delay of freezer UF-1 is 20 minutes. Records are kept for years.",
    "0-1": "The lamp of the cold room is checked every month by the technician.",
    "1-0": "Visitors wear a badge. They sign the visitor book at the gate.",
    "1-1": "The calibration certificate of a balance is valid for two years.",
}
QUERIES = [
    ("q0", "Where do visitors sign?", "at the gate", "1-0"),
    ("q1", "What is the alarm delay of freezer UF-1?", "20 minutes", "0-0"),
    ("q2", "How often is the lamp checked?", "every month", "0-1"),
    ("q3", "How long is a calibration certificate valid?", "two years", "1-1"),
]


def write_set(folder: Path) -> None:
    folder.mkdir(parents=True)
    with gzip.open(folder / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"_id": key, "text": text}) + "\n" for key, text in TEXTS.items()
        )
    queries = [
        json.dumps({"_id": key, "text": text, "answers": [answer]})
        for key, text, answer, _ in QUERIES
    ]
    (folder / "queries.jsonl").write_text("\n".join(queries) + "\n", encoding="utf-8")
    grades = [f"{key}\t{text_id}\t1" for key, _, _, text_id in QUERIES]
    lines = ["query-id\tcorpus-id\tscore", *grades]
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cranfield", "xquad/en"):
        write_set(tmp_path / name)
    monkeypatch.setenv("QUIRE_RETRIEVAL", str(tmp_path))
    monkeypatch.setattr(encoders, "open_encoder", lambda _: HashingEncoder())


@pytest.mark.parametrize(
    ("entry", "figure"),
    [("eval.answers", "with the known answer"), ("eval.retrieval", "recall@10")],
)
@pytest.mark.usefixtures("datasets")
def test_an_evaluation_prints_its_figures(
    entry: str, figure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    runpy.run_module(entry, run_name="__main__", alter_sys=True)
    assert figure in capsys.readouterr().out
