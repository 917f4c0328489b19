"""What other tools read of the same files stands beside what Quire reads."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from rich.console import Console

from eval import beside, extraction, report
from eval.datasets import BadDataset
from eval.extraction_measures import SHARES
from eval.similarity import mhs, teds
from services.extractor.document import ChunkDraft

HEADER = "| Part | Torque |\n|-|-|\n"
TABLE = (("part", "torque"), ("bolt", "12"), ("nut", "7"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for name in ("one.pdf", "two.pdf", "scan.pdf"):
        for folder in ("documents", "groundtruth"):
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "documents" / name).write_text("")
        (tmp_path / "groundtruth" / f"{name}.md").write_text("# Bolts\n\nof hard steel\n")
    return tmp_path


def test_a_file_that_a_tool_refused_counts_as_read_without_text(corpus: Path) -> None:
    written = corpus / "theirs"
    written.mkdir()
    (written / "one.pdf.md").write_text("# Bolts\n\nof steel, painted\n")
    ours = {"one.pdf": {"text": True}, "two.pdf": {"text": True}, "scan.pdf": {"text": False}}
    found = beside.measure(extraction.samples(corpus), {"tool": written}, ours)
    assert list(found) == ["pdf tool"]
    theirs = found["pdf tool"]
    assert (theirs["files"], theirs["recall"], theirs["precision"]) == (2, 0.375, 0.75)
    assert (theirs["headings_found"], theirs["headings"]) == (1, 2)


def test_the_report_has_a_line_for_each_tool(corpus: Path) -> None:
    printed = io.StringIO()
    means = dict.fromkeys(SHARES, 0.5)
    ours = means | {"files": 2, "headings": 2, "headings_found": 1, "headings_told": 3}
    figures = {"files": {}, "unread": {}, "pdf quire": ours, "beside": {"pdf tool": ours}}
    report.show_extraction(figures, Console(file=printed))
    assert "| the same with tool | 0.500 | " in printed.getvalue()


@pytest.mark.parametrize("given", ["tool", "tool=/nowhere/at/all"])
def test_what_is_no_tool_with_a_folder_is_refused(given: str) -> None:
    with pytest.raises(BadDataset, match="NAME=FOLDER"):
        beside.folders([given])


@pytest.mark.parametrize(
    ("read", "similar"),
    [
        ([TABLE], 1.0),
        ([TABLE[:2]], 0.7),
        ([(*TABLE[:2], ("nut", "8"))], 0.9),
        ([(("other", "words"),)], 0.0),
        ([], 0.0),
    ],
)
def test_tables_are_as_similar_as_the_share_that_needs_no_edit(
    read: list[tuple[tuple[str, ...], ...]], similar: float
) -> None:
    assert teds([TABLE], read) == pytest.approx(similar)


def test_each_read_table_is_compared_with_one_known_table() -> None:
    assert teds([TABLE, TABLE], [TABLE]) == 0.5
    assert math.isnan(teds([], [TABLE]))


def test_headings_are_compared_in_order() -> None:
    assert mhs(["scope", "terms"], ["scope", "terms"]) == 1.0
    assert mhs(["scope", "terms"], ["terms", "scope"]) < 0.5
    assert math.isnan(mhs([], ["scope"]))


def part(tokens: int, *rows: str) -> ChunkDraft:
    return ChunkDraft(f"Table 1.\n{HEADER}" + "\n".join(rows), "table", tokens, 1)


def test_the_parts_of_a_table_are_one_table() -> None:
    read = extraction.read_text([part(240, "| Bolt | 12 |"), part(90, "| Nut | 7 |")])
    assert read.tables == (TABLE,)
    assert read.text.count("Torque") == read.text.count("Table 1") == 1


def test_two_small_tables_with_the_same_header_stay_two() -> None:
    read = extraction.read_text([part(40, "| Bolt | 12 |"), part(40, "| Nut | 7 |")])
    assert len(read.tables) == 2
