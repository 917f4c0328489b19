"""The content of OpenDocument texts, spreadsheets and presentations."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import odf
from shared.domain.errors import Bomb, Corrupt, Encrypted
from tests.support.readers import LIMITS, options

_SPACES = " ".join(
    f'xmlns:{one}="urn:oasis:{one}"'
    for one in "office text table style draw fo dc presentation manifest meta".split()
)
STYLES = (
    '<style:style style:name="P1" style:parent-style-name="Title"/>'
    '<style:style style:name="C1" style:parent-style-name="Caption"/>'
    '<style:style style:name="S"><style:text-properties style:text-line-through-style="solid"/>'
    '</style:style><style:style style:name="H"><style:text-properties text:display="none"/>'
    '</style:style><text:list-style style:name="L">'
    '<text:list-level-style-number text:level="1" style:num-format="1"/>'
    '<text:list-level-style-bullet text:level="2"/></text:list-style>'
)


def root(name: str, content: str) -> str:
    return f"<office:{name} {_SPACES}>{content}</office:{name}>"


def read(
    folder: Path, body: str, kind: str = "text", parts: Mapping[str, str] | None = None
) -> list[Block]:
    path = folder / "f.odt"
    styles = f"<office:automatic-styles>{STYLES}</office:automatic-styles>"
    content = f"{styles}<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", root("document-content", content))
        for name, part in (parts or {}).items():
            archive.writestr(name, part)
    pages = odf.read(path, options("odt"), LIMITS)
    return [block for page in pages for block in page.blocks]


def said(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks]


def test_headings_paragraphs_and_lists_are_blocks(tmp_path: Path) -> None:
    body = (
        '<text:p text:style-name="P1">The plan</text:p><text:h text:outline-level="2">Rest</text:h>'
        "<text:p>Eleven<text:s text:c='3'/>hours,<text:tab/>always.<text:line-break/>"
        "No less.</text:p>"
        '<text:list text:style-name="L"><text:list-item><text:p>wash</text:p><text:list>'
        "<text:list-item><text:p>cold</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-item><text:p>dry</text:p></text:list-item></text:list>"
    )
    blocks = read(tmp_path, body)
    assert said(blocks) == [
        ("heading", "The plan"),
        ("heading", "Rest"),
        ("paragraph", "Eleven hours, always.\nNo less."),
        ("list", "1. wash"),
        ("list", "  • cold"),
        ("list", "2. dry"),
    ]
    assert [block.level for block in blocks[:2]] == [1, 2]


def test_the_title_of_the_properties_stands_above_the_text(tmp_path: Path) -> None:
    meta = root("document-meta", "<office:meta><dc:title>The plan</dc:title></office:meta>")
    found = said(read(tmp_path, "<text:p>one</text:p>", parts={"meta.xml": meta}))
    assert found == [("heading", "The plan"), ("paragraph", "one")]


def test_struck_hidden_and_deleted_text_stands_apart_or_is_left_out(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:deletion><text:p>gone</text:p></text:deletion>"
        '</text:tracked-changes><text:p>Due in <text:span text:style-name="S">48</text:span> 24 '
        '<text:span text:style-name="H">secret</text:span>hours.</text:p>'
    )
    blocks = read(tmp_path, body)
    assert [(block.text, [mark[2:] for mark in block.marks]) for block in blocks] == [
        ("Due in 24 hours.", []),
        ("48", [(False, True)]),
        ("secret", [(True, False)]),
    ]


def test_notes_and_comments_follow_their_paragraph(tmp_path: Path) -> None:
    body = (
        "<text:p>Rest<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>By law.</text:p></text:note-body></text:note> is due"
        "<office:annotation><text:p>Really?</text:p></office:annotation>.</text:p><text:p>x</text:p>"
    )
    blocks = read(tmp_path, body)
    assert [block.text for block in blocks] == ["Rest is due.", "By law.", "Comment: Really?", "x"]
    assert blocks[2].marks[0].hidden


TABLE = (
    "<table:table><table:table-header-rows><table:table-row>"
    "<table:table-cell><text:p>Year</text:p></table:table-cell>"
    '<table:table-cell table:number-columns-spanned="2"><text:p>Sales</text:p></table:table-cell>'
    "<table:covered-table-cell/></table:table-row></table:table-header-rows><table:table-row>"
    '<table:table-cell table:number-columns-repeated="2"><text:p>5</text:p></table:table-cell>'
    "<table:table-cell><text:p>x</text:p></table:table-cell>"
    "</table:table-row><table:table-row>"
    "<table:table-cell><text:p>a</text:p></table:table-cell>"
    "<table:table-cell><text:p>b</text:p></table:table-cell>"
    '<table:table-cell table:number-columns-repeated="16000"/></table:table-row></table:table>'
)


def test_tables_have_their_header_and_spanning_cells(tmp_path: Path) -> None:
    (caption, table) = read(tmp_path, '<text:p text:style-name="C1">Sums</text:p>' + TABLE)
    assert (caption.kind, caption.text) == ("caption", "Sums")
    assert table.rows[0] == ("Year", "Sales", "Sales")
    assert table.rows[1:] == (("5", "5", "x"), ("a", "b", ""))
    assert table.header is True


def test_a_sheet_begins_with_its_name(tmp_path: Path) -> None:
    sheet = TABLE.replace("<table:table>", '<table:table table:name="Plan">')
    blocks = read(tmp_path, sheet, "spreadsheet")
    assert [block.kind for block in blocks] == ["heading", "table"]
    assert blocks[0].text == "Plan"


def test_slides_have_their_title(tmp_path: Path) -> None:
    slide = (
        '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>{}</text:p>'
        "</draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>text</text:p>"
        "</draw:text-box></draw:frame></draw:page>"
    )
    found = said(read(tmp_path, slide.format("One") + slide.format("Two"), "presentation"))
    assert found == [
        ("heading", "One"),
        ("paragraph", "text"),
        ("heading", "Two"),
        ("paragraph", "text"),
    ]


@pytest.mark.parametrize(
    ("body", "parts", "error"),
    [
        ("<text:p>" * 5_000, {}, Corrupt),
        ("<text:p>", {}, Corrupt),
        ("", {"x.xml": '<!DOCTYPE x [<!ENTITY a "aa">]><x/>'}, Bomb),
        (
            "",
            {"META-INF/manifest.xml": root("x", "<manifest:encryption-data/>")},
            Encrypted,
        ),
    ],
)
def test_files_that_can_not_be_read_are_refused(
    tmp_path: Path, body: str, parts: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        read(tmp_path, body, parts=parts)
