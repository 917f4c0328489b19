"""Hidden and struck runs of a Word file, and struck text of Markdown, are marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import docx, markdown
from tests.support.readers import LIMITS, options, paragraph, part, write_docx


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def blocks(folder: Path, body: str, **parts: str) -> list[Block]:
    named = {f"word/{name}.xml": content for name, content in parts.items()}
    pages = docx.read(write_docx(folder / "f.docx", body, named), options("docx"), LIMITS)
    return [block for page in pages for block in page.blocks]


def marked(block: Block) -> list[tuple[str, bool, bool]]:
    return [(block.text[start:end], hidden, struck) for start, end, hidden, struck in block.marks]


@pytest.mark.parametrize(
    ("properties", "hidden", "struck"),
    [
        ("<w:vanish/>", True, False),
        ('<w:vanish w:val="1"/>', True, False),
        ("<w:strike/>", False, True),
        ("<w:dstrike/><w:b/>", False, True),
        ("<w:vanish/><w:strike/>", True, True),
    ],
)
def test_runs_are_marked_by_their_properties(
    tmp_path: Path, properties: str, hidden: bool, struck: bool
) -> None:
    body = f"<w:p>{run('It is  due ')}{run(' within 48 ', properties)}{run('hours.')}</w:p>"
    (block,) = blocks(tmp_path, body)
    assert block.text == "It is due within 48 hours."
    assert marked(block) == [("within 48", hidden, struck)]


@pytest.mark.parametrize("properties", ["", "<w:b/>", '<w:strike w:val="0"/>'])
def test_other_runs_are_not_marked(tmp_path: Path, properties: str) -> None:
    (block,) = blocks(tmp_path, f"<w:p>{run('It is due.', properties)}</w:p>")
    assert block.marks == ()


def test_marks_are_placed_behind_the_number_of_an_item(tmp_path: Path) -> None:
    place = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    level = '<w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    numbering = part(
        "numbering",
        f'<w:abstractNum w:abstractNumId="5">{level}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>',
    )
    body = f"<w:p>{place}{run('Wash ')}{run('twice', '<w:strike/>')}</w:p>"
    (block,) = blocks(tmp_path, body, numbering=numbering)
    assert block.text == "1. Wash twice"
    assert marked(block) == [("twice", False, True)]


def test_a_row_of_a_table_is_marked(tmp_path: Path) -> None:
    struck = f"<w:p>{run('48 hours', '<w:strike/>')}</w:p>"
    cells = [(paragraph("Report"), paragraph("Due")), (paragraph("written"), struck)]
    rows = "".join(
        "<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in row) + "</w:tr>" for row in cells
    )
    (table,) = blocks(tmp_path, f"<w:tbl>{rows}</w:tbl>")
    assert [(mark.start, mark.end, mark.struck) for mark in table.row_marks] == [(1, 2, True)]


def test_rows_have_the_page_on_which_they_begin(tmp_path: Path) -> None:
    broken = "<w:p><w:r><w:lastRenderedPageBreak/><w:t>b</w:t></w:r></w:p>"
    rows = [
        (paragraph("a"), paragraph("x")),
        (broken, paragraph("y")),
        (paragraph("c"), paragraph("z")),
    ]
    body = "".join(
        "<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    (table,) = blocks(tmp_path, f"<w:tbl>{body}</w:tbl>")
    assert table.row_pages == (1, 2, 2)


@pytest.mark.parametrize(
    ("text", "hidden", "struck"),
    [
        ("It is due in ~~48~~ 24 hours.", [], ["~~48~~"]),
        ("It is due in <del>48</del> 24 hours.", [], ["<del>48</del>"]),
        ("It is due. <!-- ask Ada --> Send it.", ["<!-- ask Ada -->"], []),
        ("About ~ 5 ~~ 6 < 7 hours.", [], []),
    ],
)
def test_markdown_is_marked(
    tmp_path: Path, text: str, hidden: list[str], struck: list[str]
) -> None:
    path = tmp_path / "f.md"
    path.write_text(f"{text}\n\n| a | b |\n|---|---|\n| {text} | c |\n")
    pages = markdown.read(path, options("md"), LIMITS)
    block, table = (block for page in pages for block in page.blocks)
    assert [each for each, is_hidden, _ in marked(block) if is_hidden] == hidden
    assert [each for each, _, is_struck in marked(block) if is_struck] == struck
    assert {mark.start for mark in table.row_marks} == ({1} if hidden or struck else set())


def test_marks_of_hostile_markdown_are_found_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "f.md"
    for text in ("~~a " * 16_000, "<!-- " * 12_000, "<del>" * 12_000, "~" * 60_000):
        path.write_text(text)
        assert list(markdown.read(path, options("md"), LIMITS))
