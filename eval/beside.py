"""Compares what other tools read of the same files.

`python -m eval extraction --beside NAME=FOLDER` takes any number of tools. A folder has one NAME.md
for each document NAME; `eval/peers/markdown.py` writes them. A file that a
tool did not write counts as read without any text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.datasets import BadDataset
from eval.extraction import Sample, known_text, means
from eval.extraction_measures import compare
from eval.reference_text import from_markdown


def folders(given: Iterable[str]) -> dict[str, Path]:
    """Return the folder of each tool by its name. BadDataset: one is not NAME=FOLDER."""
    found: dict[str, Path] = {}
    for each in given:
        name, separator, folder = each.partition("=")
        if not separator or not Path(folder).is_dir():
            raise BadDataset(f"--beside {each}: give NAME=FOLDER, with a folder that exists.")
        found[name] = Path(folder)
    return found


def measure(
    chosen: Iterable[Sample], tools: Mapping[str, Path], files: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the means of each tool by kind of file, over the files in which Quire found text."""
    compared = [each for each in chosen if each.known and files.get(each.path.name, {}).get("text")]
    figures: dict[str, Any] = {}
    for kind in ("pdf", "docx"):
        samples = [each for each in compared if each.path.name.endswith(kind)]
        for tool, folder in tools.items():
            if samples:
                figures[f"{kind} {tool}"] = means([_figures(each, folder) for each in samples])
    return figures


def _figures(sample: Sample, folder: Path) -> dict[str, Any]:
    assert sample.known is not None
    written = folder / f"{sample.path.name}.md"
    text = written.read_text(encoding="utf-8") if written.is_file() else ""
    return asdict(compare(known_text(sample.known), from_markdown(text)))
