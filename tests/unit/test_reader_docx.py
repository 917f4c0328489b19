"""The content of a Word file, in reading order."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import docx
from tests.support.readers import LIMITS, options, paragraph, part, write_docx


def read(path: Path, **changes: object) -> list[Block]:
    pages = docx.read(path, options("docx", **changes), LIMITS)
    return [block for page in pages for block in page.blocks]


def said(path: Path) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read(path)]


def row(*cells: str) -> str:
    return "<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in cells) + "</w:tr>"


def test_blocks_have_the_order_of_the_body(tmp_path: Path) -> None:
    table = f"<w:tbl>{row(paragraph('a'), paragraph('b'))}</w:tbl>"
    path = write_docx(tmp_path / "f.docx", paragraph("before") + table + paragraph("after"))
    assert [block.text or block.rows for block in read(path)] == ["before", (("a", "b"),), "after"]


STYLES = part(
    "styles",
    '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Own"><w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:styleId="Law"><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>',
)


@pytest.mark.parametrize(
    ("properties", "level"),
    [
        ('<w:pStyle w:val="berschrift1"/>', 1),
        ('<w:pStyle w:val="Own"/>', 1),
        ('<w:pStyle w:val="Law"/>', 3),
        ('<w:outlineLvl w:val="1"/>', 2),
        ('<w:outlineLvl w:val="9"/>', 0),
        ('<w:pStyle w:val="Missing"/>', 0),
    ],
)
def test_headings_have_their_levels(tmp_path: Path, properties: str, level: int) -> None:
    path = write_docx(
        tmp_path / "f.docx", paragraph("Scope", properties), {"word/styles.xml": STYLES}
    )
    (block,) = read(path)
    assert block.level == level


NUMBERING = part(
    "numbering",
    '<w:abstractNum w:abstractNumId="5">'
    '<w:lvl w:ilvl="0"><w:start w:val="4"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/>'
    '</w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerRoman"/>'
    '<w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>',
)


def test_list_items_have_their_printed_numbers(tmp_path: Path) -> None:
    def item(text: str, depth: int) -> str:
        place = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="1"/></w:numPr>'
        return paragraph(text, place)

    body = item("a", 0) + item("b", 1) + item("c", 1) + item("d", 0) + item("e", 1)
    path = write_docx(tmp_path / "f.docx", body, {"word/numbering.xml": NUMBERING})
    texts = [text for _, text in said(path)]
    assert texts == ["4. a", "  4.i b", "  4.ii c", "5. d", "  5.i e"]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins>", "new"),
        ("<w:moveFrom><w:r><w:t>old</w:t></w:r></w:moveFrom>", ""),
        ("<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>", "link"),
        ("<w:sdt><w:sdtContent><w:r><w:t>field</w:t></w:r></w:sdtContent></w:sdt>", "field"),
        ("<w:r><w:instrText>PAGE</w:instrText><w:t>7</w:t></w:r>", "7"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a b\nc"),
        ("<w:r><w:t>co</w:t><w:noBreakHyphen/><w:t>op</w:t></w:r>", "co-op"),
    ],
)
def test_text_is_read_as_it_is_printed(tmp_path: Path, inner: str, text: str) -> None:
    path = write_docx(tmp_path / "f.docx", f"<w:p>{inner}</w:p>")
    assert [block.text for block in read(path)] == ([text] if text else [])


@pytest.mark.parametrize(
    ("before", "raised", "text"),
    [("10", "6", "10^6"), ("10", "−3", "10^−3"), ("m", "2", "m2"), ("1", "st", "1st")],
)
def test_an_exponent_is_no_digit_of_its_number(
    tmp_path: Path, before: str, raised: str, text: str
) -> None:
    high = f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>{raised}</w:t></w:r>'
    body = f"<w:p><w:r><w:t>{before}</w:t></w:r>{high}</w:p>"
    assert said(write_docx(tmp_path / "f.docx", body)) == [("paragraph", text)]


def test_content_for_older_programs_is_not_read_again(tmp_path: Path) -> None:
    both = f"<mc:Choice>{paragraph('a')}</mc:Choice><mc:Fallback>{paragraph('a')}</mc:Fallback>"
    body = f'<mc:AlternateContent xmlns:mc="mc">{both}</mc:AlternateContent>'
    assert said(write_docx(tmp_path / "f.docx", body)) == [("paragraph", "a")]


def test_blocks_in_content_controls_are_read(tmp_path: Path) -> None:
    body = f"<w:sdt><w:sdtContent>{paragraph('inside')}</w:sdtContent></w:sdt>"
    assert said(write_docx(tmp_path / "f.docx", body)) == [("paragraph", "inside")]


def test_text_boxes_and_notes_follow_their_paragraph(tmp_path: Path) -> None:
    box = f"<w:pict><w:txbxContent>{paragraph('in the box')}</w:txbxContent></w:pict>"
    call = '<w:footnoteReference w:id="3"/>'
    body = f"<w:p><w:r><w:t>main</w:t>{box}{call}</w:r></w:p>" + paragraph("next")
    note = f'<w:footnote w:id="3">{paragraph("a note")}</w:footnote>'
    parts = {"word/footnotes.xml": part("footnotes", note)}
    texts = [text for _, text in said(write_docx(tmp_path / "f.docx", body, parts))]
    assert texts == ["main", "in the box", "a note", "next"]


def test_the_content_of_a_text_box_has_its_kinds(tmp_path: Path) -> None:
    item = paragraph("Wash", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>')
    inside = paragraph("Care", '<w:outlineLvl w:val="1"/>') + item
    inside += f"<w:tbl>{row(paragraph('a'), paragraph('b'))}</w:tbl>"
    box = f"<w:txbxContent>{inside}</w:txbxContent>"
    shown = f"<mc:Choice>{box}</mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    both = f'<mc:AlternateContent xmlns:mc="mc">{shown}</mc:AlternateContent>'
    path = write_docx(
        tmp_path / "f.docx", f"<w:p><w:r>{both}</w:r></w:p>", {"word/numbering.xml": NUMBERING}
    )
    assert said(path) == [("heading", "Care"), ("list", "4. Wash"), ("table", "")]


def test_the_text_of_boxes_in_very_many_boxes_is_kept(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:txbxContent>" * 30 + paragraph("core") + "</w:txbxContent></w:r></w:p>" * 30
    )
    assert said(write_docx(tmp_path / "f.docx", body)) == [("paragraph", "core")]


def test_a_note_is_read_where_it_is_first_referred_to(tmp_path: Path) -> None:
    call = '<w:p><w:r><w:t>main</w:t><w:footnoteReference w:id="3"/></w:r></w:p>'
    parts = {
        "word/footnotes.xml": part(
            "footnotes", f'<w:footnote w:id="3">{paragraph("a note")}</w:footnote>'
        )
    }
    texts = [text for _, text in said(write_docx(tmp_path / "f.docx", call * 2, parts))]
    assert texts == ["main", "a note", "main"]


def test_a_comment_is_one_and_names_its_author(tmp_path: Path) -> None:
    body = '<w:p><w:r><w:t>Pay.</w:t><w:commentReference w:id="0"/></w:r></w:p>'
    note = f'<w:comment w:id="0" w:author="Ada">{paragraph("When?")}</w:comment>'
    path = write_docx(tmp_path / "f.docx", body, {"word/comments.xml": part("comments", note)})
    assert said(path) == [("paragraph", "Pay."), ("comment", "Comment by Ada: When?")]


def test_headers_and_footers_are_read_once(tmp_path: Path) -> None:
    parts = {
        "word/header1.xml": part("hdr", paragraph("SOP-7 Revision 3") + paragraph("Page 1 of 9")),
        "word/footer1.xml": part("ftr", paragraph("Confidential")),
    }
    texts = [text for _, text in said(write_docx(tmp_path / "f.docx", paragraph("x"), parts))]
    assert texts == ["SOP-7 Revision 3", "x", "Confidential"]


BREAK = '<w:br w:type="page"/>'
RENDERED = "<w:lastRenderedPageBreak/>"


@pytest.mark.parametrize(
    ("runs", "pages"),
    [
        (["<w:t>a</w:t>", f"{BREAK}<w:t>b</w:t>"], [None, None]),
        (["<w:t>a</w:t>", f"{RENDERED}<w:t>b</w:t>"], [1, 2]),
        ([f"<w:t>a</w:t>{BREAK}<w:t>b</w:t>", f"{RENDERED}<w:t>c</w:t>"], [1, 3]),
        ([f"<w:t>a</w:t>{BREAK}", f"{RENDERED}<w:t>b</w:t>"], [1, 2]),
        (["<w:t>a</w:t>", f"<w:t>b</w:t>{RENDERED}<w:t>b</w:t>", "<w:t>c</w:t>"], [1, 1, 2]),
        ([f"<w:t>a</w:t>{BREAK}{BREAK}", f"{RENDERED}<w:t>b</w:t>"], [1, 3]),
    ],
)
def test_pages_are_numbered_if_word_recorded_where_they_begin(
    tmp_path: Path, runs: list[str], pages: list[int | None]
) -> None:
    body = "".join(f"<w:p><w:r>{run}</w:r></w:p>" for run in runs)
    assert [block.page for block in read(write_docx(tmp_path / "f.docx", body))] == pages


@pytest.mark.parametrize(("first", "count"), [(BREAK, None), (RENDERED, 2)])
def test_a_file_without_recorded_pages_has_no_number_of_pages(
    tmp_path: Path, first: str, count: int | None
) -> None:
    body = paragraph("a") + f"<w:p><w:r>{first}<w:t>b</w:t></w:r></w:p>"
    *_, last = docx.read(write_docx(tmp_path / "f.docx", body), options("docx"), LIMITS)
    assert last.count == count


def test_strict_reading_skips_pictures(tmp_path: Path) -> None:
    body = '<w:p><w:r><w:drawing><a:blip xmlns:a="a" r:embed="image"/></w:drawing></w:r></w:p>'
    path = write_docx(tmp_path / "f.docx", body, {"word/media/image1.png": png()})
    assert [block.kind for block in read(path)] == ["image"]
    assert read(path, strict=True) == []


@pytest.mark.parametrize(
    ("description", "kinds"),
    [
        ("Sales by month", ["image", "caption"]),
        ("A duck\n\nDescription automatically generated", ["image"]),
    ],
)
def test_a_description_that_word_made_up_is_no_caption(
    tmp_path: Path, description: str, kinds: list[str]
) -> None:
    blip = '<a:blip xmlns:a="a" r:embed="image"/>'
    inline = f'<wp:inline xmlns:wp="wp"><wp:docPr descr="{description}"/>{blip}</wp:inline>'
    body = f"<w:p><w:r><w:drawing>{inline}</w:drawing></w:r></w:p>"
    path = write_docx(tmp_path / "f.docx", body, {"word/media/image1.png": png()})
    assert [block.kind for block in read(path)] == kinds


def test_a_linked_picture_is_never_fetched(tmp_path: Path) -> None:
    body = '<w:p><w:r><w:drawing><a:blip xmlns:a="a" r:link="image"/></w:drawing></w:r></w:p>'
    path = write_docx(tmp_path / "f.docx", body, {"word/media/image1.png": png()})
    assert read(path) == []


def png() -> bytes:
    import pymupdf

    pixmap = pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 120, 120), False)
    pixmap.clear_with(90)
    return bytes(pixmap.tobytes("png"))
