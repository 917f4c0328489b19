"""The content of a PDF, page by page, and the errors of unreadable files."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from services.extractor.document import Block, Page, ReaderLimits
from services.extractor.readers import pdf
from services.extractor.readers.registry import open_reader
from shared.domain.errors import Corrupt, EmptyFile, Encrypted, QuireError, TooManyPages
from tests.support.readers import LIMITS, options


def read(path: Path, **changes: object) -> list[Page]:
    return list(pdf.read(path, options("pdf", **changes), LIMITS))


def blocks(path: Path, **changes: object) -> list[Block]:
    return [block for page in read(path, **changes) for block in page.blocks]


def write(path: Path, *pages: str, **save: object) -> Path:
    document = pymupdf.open()
    for text in pages:
        document.new_page().insert_text((72, 100), text, fontsize=11)
    document.save(path, **save)
    return path


def test_every_page_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "f.pdf", *(f"This is page {number}." for number in range(1, 31)))
    assert [block.text for block in blocks(path)] == [f"This is page {n}." for n in range(1, 31)]
    assert [block.page for block in blocks(path)] == list(range(1, 31))


def test_the_page_count_is_known_before_the_first_page(tmp_path: Path) -> None:
    first = read(write(tmp_path / "f.pdf", "a", "b"))[0]
    assert (first.number, first.count, first.blocks) == (0, 2, ())


def test_pages_have_the_numbers_of_the_files_own_count(tmp_path: Path) -> None:
    document = pymupdf.open()
    for _ in range(3):
        document.new_page().insert_text((72, 100), "words")
    document.save(tmp_path / "plain.pdf")
    document.set_page_labels(
        [{"startpage": 0, "style": "r"}, {"startpage": 2, "prefix": "A-", "style": "D"}]
    )
    document.save(tmp_path / "f.pdf")
    assert [page.label for page in read(tmp_path / "f.pdf")[1:]] == ["i", "ii", "A-1"]
    assert {page.label for page in read(tmp_path / "plain.pdf")} == {""}


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_on_the_page_as_displayed(tmp_path: Path, rotation: int) -> None:
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    page.insert_text((50, 100), "turned words")
    page.set_rotation(rotation)
    document.save(tmp_path / "f.pdf")
    (block,) = blocks(tmp_path / "f.pdf")
    shown = pymupdf.Rect(45, 85, 130, 105) * page.rotation_matrix
    assert block.box is not None
    assert pymupdf.Rect(block.box) in shown


def test_a_table_with_ruling_lines_is_read(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 60), "Torques are listed below.")
    for step in range(4):
        page.draw_line((72, 100 + 20 * step), (372, 100 + 20 * step))
        page.draw_line((72 + 100 * step, 100), (72 + 100 * step, 160))
    for row in range(3):
        for column in range(3):
            page.insert_text((80 + 100 * column, 114 + 20 * row), f"r{row}c{column}")
    document.save(tmp_path / "f.pdf")
    text, table = blocks(tmp_path / "f.pdf")
    assert text.text == "Torques are listed below."
    assert table.rows[2] == ("r2c0", "r2c1", "r2c2")
    assert table.box == pytest.approx((72, 100, 372, 160), abs=2)
    strict = " ".join(block.text for block in blocks(tmp_path / "f.pdf", strict=True))
    assert "r2c0 r2c1 r2c2" in strict


def test_repeated_pictures_are_read_once_and_ornaments_skipped(tmp_path: Path) -> None:
    pixmap = pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 200, 200), False)
    pixmap.clear_with(90)
    document = pymupdf.open()
    for _ in range(2):
        page = document.new_page()
        page.insert_image((72, 72, 272, 272), pixmap=pixmap)
        page.insert_image((300, 72, 320, 92), pixmap=pixmap)
        page.insert_text((72, 290), "Figure 1: A grey square")
    document.save(tmp_path / "f.pdf")
    found = blocks(tmp_path / "f.pdf")
    assert [block.kind for block in found] == ["image", "caption", "caption"]
    assert found[0].image is not None
    assert pymupdf.Pixmap(found[0].image).width == 200
    assert all(block.kind != "image" for block in blocks(tmp_path / "f.pdf", strict=True))


def test_form_values_and_annotations_are_read_as_text(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 60), "Name:")
    widget = pymupdf.Widget()
    widget.field_type, widget.field_name = pymupdf.PDF_WIDGET_TYPE_TEXT, "name"  # type: ignore[attr-defined]
    widget.rect, widget.field_value = pymupdf.Rect(110, 50, 250, 66), "Ada Lovelace"
    page.add_widget(widget)
    page.add_text_annot((300, 300), "check this date")
    document.save(tmp_path / "f.pdf")
    said = "\n".join(block.text for block in blocks(tmp_path / "f.pdf"))
    assert said.count("Ada Lovelace") == 1
    assert said.count("check this date") == 1


def test_bytes_before_the_pdf_header_are_ignored(tmp_path: Path) -> None:
    path = write(tmp_path / "f.pdf", "still readable")
    path.write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + path.read_bytes())
    assert [block.text for block in blocks(path)] == ["still readable"]


def test_a_damaged_page_does_not_affect_other_pages(tmp_path: Path) -> None:
    path = write(tmp_path / "f.pdf", "one", "two", "three")
    document = pymupdf.open(path)
    document.xref_set_key(document.page_xref(1), "Type", "/Broken")
    document.xref_set_key(document.page_xref(1), "Parent", "null")
    document.xref_set_key(document.page_xref(1), "MediaBox", "(x)")
    document.xref_set_key(document.page_xref(1), "Contents", "(x)")
    document.save(tmp_path / "broken.pdf")
    texts = [block.text for block in blocks(tmp_path / "broken.pdf")]
    assert texts[0] == "one"
    assert texts[-1] == "three"


def test_reading_can_begin_at_any_page(tmp_path: Path) -> None:
    path = write(tmp_path / "f.pdf", "one", "two", "three")
    assert [block.text for block in blocks(path, first_page=3)] == ["three"]


def test_an_outline_names_the_headings(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 100), "Scope of work", fontsize=11)
    page.insert_text((72, 140), "It covers pumps.", fontsize=11)
    document.set_toc([[1, "Scope of Work", 1]])
    document.save(tmp_path / "f.pdf")
    assert [block.kind for block in blocks(tmp_path / "f.pdf")] == ["heading", "paragraph"]


USER_PASSWORD = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": "u", "owner_pw": "o"}  # type: ignore[attr-defined]
OWNER_PASSWORD = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "owner_pw": "o"}  # type: ignore[attr-defined]


def test_a_document_opens_only_with_its_password(tmp_path: Path) -> None:
    locked = write(tmp_path / "user.pdf", "secret", **USER_PASSWORD)
    with pytest.raises(Encrypted):
        read(locked)
    assert [block.text for block in blocks(locked, password="u")] == ["secret"]
    assert blocks(write(tmp_path / "owner.pdf", "open", **OWNER_PASSWORD))[0].text == "open"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyFile),
        (b"%PDF-1.7\n", Corrupt),
        (b"MZ\x90\x00" + bytes(400), Corrupt),
        (b"<html><body>hello</body></html>", Corrupt),
    ],
)
def test_files_that_are_not_pdf_are_refused(
    tmp_path: Path, content: bytes, error: type[QuireError]
) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(content)
    with pytest.raises(error):
        list(open_reader(path, options("pdf"), LIMITS))


def test_a_document_with_too_many_pages_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "f.pdf", "one", "two", "three")
    with pytest.raises(TooManyPages, match="limit of"):
        list(pdf.read(path, options("pdf"), ReaderLimits(max_pages=2)))


@pytest.mark.parametrize("rotation", [0, 90])
def test_check_boxes_are_read_with_the_text_beside_them(tmp_path: Path, rotation: int) -> None:
    document = pymupdf.open()
    page = document.new_page()
    for at, (label, is_on) in enumerate((("Single filer", True), ("Head of household", False))):
        page.insert_text((90, 100 + 40 * at), label)
        widget = pymupdf.Widget()
        widget.field_type, widget.field_name = pymupdf.PDF_WIDGET_TYPE_CHECKBOX, f"box{at}"  # type: ignore[attr-defined]
        widget.rect = pymupdf.Rect(74, 90 + 40 * at, 84, 100 + 40 * at)
        widget.field_value = is_on
        page.add_widget(widget)
    page.insert_text((300, 100), "Another column of text")
    page.set_rotation(rotation)
    document.save(tmp_path / "f.pdf")
    texts = [block.text for block in blocks(tmp_path / "f.pdf")]
    found = " ".join(texts)
    assert "☑ Single filer" in found
    assert "☐ Head of household" in found
    assert found.count("☑") == found.count("☐") == 1
