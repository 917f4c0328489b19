"""Damaged files end as a result or an error, within their limits, and nothing is left."""

from __future__ import annotations

import json
import random
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from services.extractor.document import ReaderLimits
from tests.support.office_files import shape, write_pptx, write_xlsx
from tests.support.readers import paragraph, write_docx, write_endless_pdf, write_tokenizer
from tools import fuzz

FILES = 60
SEED = 7
CELL = '<sheetData><row r="1"><c t="inlineStr"><is><t>A cell.</t></is></c></row></sheetData>'


@pytest.fixture
def undamaged(tmp_path: Path) -> Path:
    folder = tmp_path / "undamaged"
    folder.mkdir()
    write_docx(
        folder / "f.docx", "".join(paragraph(f"Paragraph {number}.") for number in range(20))
    )
    write_pptx(folder / "f.pptx", [shape("A slide.")])
    write_xlsx(folder / "f.xlsx", {"Plan": CELL})
    (folder / "f.html").write_text("<h1>Title</h1><table><tr><td>1<td>2</table><p>Text." * 20)
    (folder / "f.md").write_text("# Title\n\n- a\n- b\n\n| a | b |\n| - | - |\n| 1 | 2 |\n" * 20)
    (folder / "f.csv").write_text("a,b\n1,2\n" * 50)
    (folder / "f.eml").write_text("From: a@b.c\nMessage-ID: <1@b.c>\n\nText.\n" * 3)
    (folder / "f.rtf").write_text(r"{\rtf1 {\b Bold} text.\par}" * 20)
    for sample in fuzz.seeds([fuzz.ROOT / "samples"]):
        if sample.suffix == ".pdf":
            (folder / sample.name).write_bytes(sample.read_bytes())
    return folder


async def test_damaged_files_end_within_their_limits(undamaged: Path, tmp_path: Path) -> None:
    report = fuzz.Report()
    files = fuzz.seeds([undamaged])
    await fuzz.run(files, SEED, range(FILES), report, write_tokenizer(tmp_path))
    assert report.faults == []
    assert report.done == FILES == report.outcomes.total()
    # Damage was done, and not so much that nothing is read.
    assert report.outcomes["read"] > FILES // 4
    assert report.outcomes["corrupt"] > 0


async def test_a_file_that_exceeds_its_limit_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "LIMITS", ReaderLimits(page_seconds=1, wall_seconds=1))
    monkeypatch.setattr(fuzz, "damaged", lambda data, chance: data)
    report = fuzz.Report()
    write_endless_pdf(tmp_path / "f.pdf")
    await fuzz.run([tmp_path / "f.pdf"], SEED, [0], report, write_tokenizer(tmp_path))
    assert report.outcomes == {"timeout": 1}
    assert report.faults == []


def test_the_same_number_gives_the_same_file(undamaged: Path) -> None:
    files = fuzz.seeds([undamaged])
    made = [fuzz.make(files, SEED, number) for number in range(30)]
    assert made == [fuzz.make(files, SEED, number) for number in range(30)]
    assert len({content for _, content in made}) > 25
    assert all(content != source.read_bytes() for source, content in made)


def test_archives_are_damaged_inside(undamaged: Path) -> None:
    data = (undamaged / "f.docx").read_bytes()
    whole = 0
    for number in range(50):
        (undamaged / "damaged").write_bytes(fuzz.damaged(data, random.Random(number)))
        whole += zipfile.is_zipfile(undamaged / "damaged")
    assert whole >= 30


def test_a_run_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    report = fuzz.Report(3, Counter(read=2, corrupt=1), 1.5, ["a fault"])
    state.write_text(report.as_json())
    assert fuzz.Report.load(state) == report
    assert json.loads(state.read_text())["outcomes"] == {"read": 2, "corrupt": 1}
    assert fuzz.Report.load(tmp_path / "none").done == 0
