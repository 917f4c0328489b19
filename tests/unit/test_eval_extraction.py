"""Measures of reading, and floors for pages that are hard to read in order."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval import extraction, report
from eval.__main__ import main
from eval.datasets import BadDataset
from eval.extraction_measures import breaks, compare
from eval.own import hard_pages
from eval.reference_text import Read, from_markdown
from tests.support.readers import write_tokenizer

SOURCE = """# Bolts &amp; nuts

Of [steel](http://x.test), *never* of tin.

| Part | Torque |
| --- | --- |
| Bolt | 12 Nm |

<!-- image -->
"""


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pages")
    hard_pages.write(folder)
    quiet = Console(file=io.StringIO())
    return extraction.measure(extraction.samples(folder), quiet, write_tokenizer(folder))


def test_markdown_is_read_without_its_marks() -> None:
    read = from_markdown(SOURCE)
    assert read.headings == ("bolts nuts",)
    assert read.cells == ("part", "torque", "bolt", "12 nm")
    plain = "Bolts & nuts. Of steel, never of tin. Part Torque Bolt 12 Nm"
    compared = compare(read, Read(plain))
    assert (compared.recall, compared.precision, compared.tau) == (1.0, 1.0, 1.0)


def test_text_in_another_order_keeps_its_words_and_loses_its_order() -> None:
    first, second = "one two three four five six", "seven eight nine ten eleven twelve"
    known = Read(f"{first} {second}")
    assert compare(known, known).tau == 1.0
    turned = compare(known, Read(f"{second} {first}"))
    assert (turned.recall, turned.precision) == (1.0, 1.0)
    assert turned.tau < 0


def test_headings_that_are_none_count_as_told_and_not_as_found() -> None:
    compared = compare(Read("A B", ("a",)), Read("A B", ("a", "b")))
    assert (compared.headings, compared.headings_found, compared.headings_told) == (1, 1, 2)
    unknown = compare(Read("A B", None), Read("A B", ("a", "b")))
    assert (unknown.headings, unknown.headings_told) == (0, 0)


def test_without_tables_there_is_no_figure_for_cells() -> None:
    assert math.isnan(compare(Read("A"), Read("A")).cells)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("the end of a\n\nline", 1),
        ("the end, and\n\nmore of\n\nit", 2),
        ("the end.\n\nthen more", 0),
        ("the end\n\nThen more", 0),
        ("the end\nof a line", 0),
    ],
)
def test_breaks_inside_sentences_have_lower_case_on_both_sides(text: str, count: int) -> None:
    assert breaks(text) == count


def test_hard_pages_are_read_as_well_as_their_floors(figures: dict[str, Any]) -> None:
    assert figures["unread"] == {}
    for name, figure in figures["files"].items():
        read, plain = figure["quire"], figure["plain"]
        assert read["recall"] >= 0.99, name
        assert read["precision"] >= 0.97, name
        assert read["tau"] >= max(0.99, plain["tau"] - 0.02), name
        assert figure["breaks"] == 0, name
        assert (read["headings_found"], read["headings_told"]) == (read["headings"],) * 2, name


def test_report_names_each_file_and_what_was_not_read(figures: dict[str, Any]) -> None:
    printed = io.StringIO()
    report.show_extraction(figures | {"unread": {"a.pdf": "corrupt"}}, Console(file=printed))
    assert "| columns.pdf | 1.000 (1.000) |" in printed.getvalue()
    assert "Not read: a.pdf: corrupt" in printed.getvalue()


def test_folder_without_documents_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match="no such files"):
        extraction.samples(tmp_path)
    with pytest.raises(BadDataset, match="QUIRE_CORPUS"):
        extraction.samples(None)


def test_command_reads_files_and_keeps_their_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hard_pages.write(tmp_path)
    tokenizer = write_tokenizer(tmp_path)
    monkeypatch.setattr(extraction, "tokenizer_path", lambda options: tokenizer)
    arguments = ["extraction", "--folder", str(tmp_path), "--results", str(tmp_path / "results")]
    assert main([*arguments, "columns.pdf"]) == 0
    (kept,) = (tmp_path / "results").glob("*.json")
    assert json.loads(kept.read_text())["extraction"]["pdf quire"]["files"] == 1
    assert "columns.pdf" in capsys.readouterr().out
    assert main([*arguments, "other.pdf"]) == 1


def test_known_texts_of_both_layouts_are_found(tmp_path: Path) -> None:
    for path in ("documents/a.pdf", "groundtruth/a.pdf.txt", "pdfs/b.pdf"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / "ground-truth" / "markdown").mkdir(parents=True)
    (tmp_path / "ground-truth" / "markdown" / "b.md").write_text("")
    found = {sample.path.name: sample.known for sample in extraction.samples(tmp_path)}
    assert [known and known.name for known in found.values()] == ["a.pdf.txt", "b.md"]
