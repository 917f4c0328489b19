"""The content of presentations, slide by slide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.extractor.document import Block, Page
from services.extractor.readers import pptx
from shared.domain.errors import Bomb, Corrupt, TooManyPages
from tests.support.office_files import drawing, shape, write_pptx
from tests.support.readers import LIMITS, options


def pages(path: Path, **changes: object) -> list[Page]:
    return list(pptx.read(path, options("pptx", **changes), LIMITS))


def slide(folder: Path, content: str, parts: dict[str, str | bytes] | None = None) -> list[Block]:
    (page,) = pages(write_pptx(folder / "f.pptx", [content], parts))
    return list(page.blocks)


def said(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks]


def test_each_slide_is_a_page_with_its_title_first(tmp_path: Path) -> None:
    slides = [
        shape("By Ada", "subTitle") + shape("Rest\nperiods", "ctrTitle") + shape("3", "sldNum"),
        shape("Rules", "title") + shape("one\ntwo", "body") + shape("a remark"),
    ]
    first, second = pages(write_pptx(tmp_path / "f.pptx", slides))
    assert said(list(first.blocks)) == [("heading", "Rest periods"), ("paragraph", "By Ada")]
    assert said(list(second.blocks)) == [
        ("heading", "Rules"),
        ("list", "• one"),
        ("list", "• two"),
        ("paragraph", "a remark"),
    ]
    assert (second.number, second.count, second.width) == (2, 2, 720.0)
    assert {block.page for block in second.blocks} == {2}


def test_bullets_numbers_and_levels_are_kept(tmp_path: Path) -> None:
    body = (
        "<p:sp><p:txBody>"
        '<a:p><a:pPr><a:buAutoNum type="arabicPeriod"/></a:pPr><a:r><a:t>a</a:t></a:r></a:p>'
        '<a:p><a:pPr lvl="1"><a:buChar char="-"/></a:pPr><a:r><a:t>in</a:t></a:r></a:p>'
        '<a:p><a:pPr><a:buAutoNum type="arabicPeriod"/></a:pPr><a:r><a:t>b</a:t></a:r></a:p>'
        "<a:p><a:pPr><a:buNone/></a:pPr><a:r><a:t>plain</a:t></a:r><a:br/>"
        '<a:r><a:rPr strike="sngStrike"/><a:t>old</a:t></a:r></a:p></p:txBody></p:sp>'
    )
    blocks = slide(tmp_path, body)
    assert [block.text for block in blocks] == ["1. a", "  • in", "2. b", "plain", "old"]
    assert [(mark.start, mark.end, mark.struck) for mark in blocks[-1].marks] == [(0, 3, True)]


def table(rows: list[list[str]], properties: str = 'firstRow="1"') -> str:
    cells = [
        "".join(f"<a:tc {cell}</a:tc>" if cell[:1] == "h" else _cell(cell) for cell in row)
        for row in rows
    ]
    content = "".join(f"<a:tr>{row}</a:tr>" for row in cells)
    inside = f"<a:tbl><a:tblPr {properties}/>{content}</a:tbl>"
    return framed(inside)


def framed(content: str) -> str:
    inside = f"<a:graphic><a:graphicData>{content}</a:graphicData></a:graphic>"
    return f"<p:graphicFrame>{inside}</p:graphicFrame>"


def _cell(text: str) -> str:
    return f"<a:tc><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"


def test_a_table_has_its_header_and_repeats_merged_cells(tmp_path: Path) -> None:
    rows = [["Year", "Sales", 'hMerge="1">'], ["", "North", "South"], ["2023", "1", "2"]]
    (found,) = slide(tmp_path, table(rows))
    assert found.rows == (("Year", "Sales North", "Sales South"), ("2023", "1", "2"))
    assert found.header is True
    (found,) = slide(tmp_path, table([["a", "b"], ["c", "d"]], ""))
    assert (found.rows, found.header) == ((("a", "b"), ("c", "d")), None)


def test_notes_follow_their_slide(tmp_path: Path) -> None:
    notes = shape("Say hello.\nSmile.", "body") + shape("7", "sldNum")
    part = drawing("p:notes", f"<p:cSld><p:spTree>{notes}</p:spTree></p:cSld>")
    blocks = slide(tmp_path, shape("Hi", "title"), {"ppt/notesSlide1.xml": part})
    assert [block.text for block in blocks] == ["Hi", "Notes: Say hello.\nSmile."]


def test_charts_and_diagrams_are_read(tmp_path: Path) -> None:
    def values(kind: str, *points: str) -> str:
        stored = "".join(f'<c:pt idx="{at}"><c:v>{v}</c:v></c:pt>' for at, v in enumerate(points))
        return f"<c:{kind}><c:numRef><c:numCache>{stored}</c:numCache></c:numRef></c:{kind}>"

    chart = (
        "<c:chart><c:title><c:tx><a:p><a:r><a:t>Water use</a:t></a:r></a:p></c:tx></c:title>"
        f"<c:ser>{values('tx', 'Litres')}{values('cat', 'May', 'June')}"
        f"{values('val', '10.5', '0.30000000000000004')}</c:ser></c:chart>"
    )
    text = "<dgm:t><a:p><a:r><a:t>{0}</a:t></a:r></a:p></dgm:t>"
    points = "".join(f'<dgm:pt modelId="{t}">{text.format(t)}</dgm:pt>' for t in "xy")
    links = '<dgm:cxn srcId="d" destId="x"/><dgm:cxn srcId="x" destId="y"/>'
    diagram = (
        f'<dgm:ptLst><dgm:pt modelId="d" type="doc"/>{points}</dgm:ptLst>'
        f"<dgm:cxnLst>{links}</dgm:cxnLst>"
    )
    blocks = slide(
        tmp_path,
        framed('<c:chart r:id="chart"/>') + framed('<dgm:relIds r:dm="data"/>'),
        {
            "ppt/chart1.xml": drawing("c:chartSpace", chart),
            "ppt/data1.xml": drawing("dgm:dataModel", diagram),
        },
    )
    assert [block.text or block.rows for block in blocks] == [
        "Water use",
        (("", "Litres"), ("May", "10.5"), ("June", "0.3")),
        "• x",
        "  • y",
    ]


def test_a_hidden_slide_is_marked(tmp_path: Path) -> None:
    blocks = slide(tmp_path, 'show="0"\n' + shape("secret"))
    assert [mark.hidden for block in blocks for mark in block.marks] == [True]


def test_reading_begins_at_the_first_page_that_is_asked_for(tmp_path: Path) -> None:
    path = write_pptx(tmp_path / "f.pptx", [shape("a"), shape("b"), shape("c")])
    assert [page.number for page in pages(path, first_page=2)] == [2, 3]
    with pytest.raises(TooManyPages):
        list(pptx.read(path, options("pptx"), replace(LIMITS, max_pages=2)))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("<p:grpSp>" * 5_000, Corrupt),
        ("<p:sp>", Corrupt),
        ('<p:pic><p:nvPicPr><p:cNvPr descr="x y"/></p:nvPicPr></p:pic>', None),
    ],
)
def test_hostile_slides_end_with_a_sentence(
    tmp_path: Path, content: str, error: type[Exception] | None
) -> None:
    if error is None:
        assert said(slide(tmp_path, content)) == [("caption", "x y")]
        return
    with pytest.raises(error):
        slide(tmp_path, content)


def test_a_presentation_that_declares_entities_is_refused(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {"ppt/x1.xml": '<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>'}
    with pytest.raises(Bomb):
        slide(tmp_path, "", parts)
