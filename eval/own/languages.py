"""Retrieval sets in languages whose script the default encoder does not know.

Each line of a text file is one document with one question: title, text, question, answer, parted by
tabs. Neighbouring lines have related subjects.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from eval.datasets import CORPUS

_TEXTS = Path(__file__).parent / "texts" / "languages"
# Japanese may be used to tune the product.
LANGUAGES = {"dev": ("japanese",), "test": ("chinese", "arabic")}


def write(half: str, folder: Path) -> None:
    """Write the sets of a half below `folder`, in BEIR's layout."""
    for language in LANGUAGES[half]:
        lines = (_TEXTS / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
        _write_set([tuple(line.split("\t")) for line in lines], folder / language)


def _write_set(rows: Iterable[tuple[str, ...]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    texts, queries, grades = [], [], ["query-id\tcorpus-id\tscore\n"]
    for number, (title, text, question, answer) in enumerate(rows):
        texts.append({"_id": f"t{number}", "title": title, "text": text})
        queries.append({"_id": f"q{number}", "text": question, "answers": [answer]})
        grades.append(f"q{number}\tt{number}\t1\n")
    with gzip.open(folder / CORPUS, "wt", encoding="utf-8") as file:
        file.writelines(map(_line, texts))
    (folder / "queries.jsonl").write_text("".join(map(_line, queries)), encoding="utf-8")
    (folder / "qrels.tsv").write_text("".join(grades), encoding="utf-8")


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
