"""The committed samples are those of `tools.make_samples` and answer the demo questions."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

docx = pytest.importorskip("docx")
pymupdf = pytest.importorskip("pymupdf")

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
NAMES = [
    "SOP-001-vaccine-cold-chain.pdf",
    "SOP-002-equipment-calibration.pdf",
    "SOP-003-deviation-reporting.docx",
    "SOP-004-visitor-safety.docx",
    "SOP-005-data-retention.pdf",
]
QUESTIONS: list[dict[str, Any]] = json.loads((SAMPLES / "questions.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("samples"))


def make(folder: Path) -> Path:
    command = [sys.executable, "-m", "tools.make_samples", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def words(path: Path) -> str:
    """Return the text of a document with single spaces, as its library reads it."""
    lines = pdf_lines(path) if path.suffix == ".pdf" else docx_lines(path)
    return " ".join(" ".join(lines).split())


def pdf_lines(path: Path) -> Iterator[str]:
    flags = pymupdf.TEXTFLAGS_TEXT & ~pymupdf.TEXT_PRESERVE_LIGATURES
    with pymupdf.open(path) as document:
        for page in document:
            yield page.get_text(flags=flags)


def docx_lines(path: Path) -> Iterator[str]:
    document = docx.Document(str(path))
    for block in document.iter_inner_content():
        if isinstance(block, docx.table.Table):
            yield from (cell.text for row in block.rows for cell in row.cells)
        else:
            yield block.text


def content(path: Path) -> bytes | dict[str, bytes]:
    """Return a PDF's bytes or a DOCX's parts, which another zlib may compress differently."""
    if path.suffix == ".pdf":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_made_document_is_committed(remade: Path) -> None:
    committed = [*SAMPLES.glob("*.pdf"), *SAMPLES.glob("*.docx")]
    assert sorted(path.name for path in remade.iterdir()) == NAMES
    assert sorted(path.name for path in committed) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_committed_document_has_the_made_text(name: str, remade: Path) -> None:
    assert words(SAMPLES / name) == words(remade / name)


@pytest.mark.parametrize("name", NAMES)
def test_committed_document_equals_the_made_bytes(name: str, remade: Path) -> None:
    if made_with(SAMPLES / NAMES[0]) != made_with(remade / NAMES[0]):
        pytest.skip("the samples were made with another version of PyMuPDF")
    assert content(SAMPLES / name) == content(remade / name)


def made_with(pdf: Path) -> str:
    with pymupdf.open(pdf) as document:
        return str(document.metadata["producer"])


def test_two_runs_give_the_same_bytes(remade: Path, tmp_path: Path) -> None:
    again = make(tmp_path)
    assert all((again / name).read_bytes() == (remade / name).read_bytes() for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_small(name: str) -> None:
    assert (SAMPLES / name).stat().st_size < 200_000


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["kind"])
def test_an_expected_phrase_is_in_the_named_documents_only(question: dict[str, Any]) -> None:
    for phrase in question["expects"]:
        holders = [name for name in NAMES if phrase in words(SAMPLES / name)]
        assert len(holders) == 1
        assert holders[0] in question["documents"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["kind"])
def test_every_named_document_is_needed(question: dict[str, Any]) -> None:
    for name in question["documents"]:
        text = words(SAMPLES / name)
        assert any(phrase in text for phrase in question["expects"])


def test_unanswerable_question_is_mentioned_in_no_document() -> None:
    assert [q["kind"] for q in QUESTIONS] == ["table", "two_documents", "unanswerable"]
    assert not any("plasma" in words(SAMPLES / name) for name in NAMES)
