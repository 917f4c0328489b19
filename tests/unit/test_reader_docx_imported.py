"""Documents of other formats in a Word file are read at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.readers import docx
from services.extractor.readers.decoding import decoded
from shared.domain.errors import Bomb
from tests.support.readers import LIMITS, options, paragraph, write_docx

PLACE = '<w:altChunk r:id="aFChunk"/>'


def said(path: Path) -> list[tuple[str, str]]:
    pages = docx.read(path, options("docx"), LIMITS)
    return [(block.kind, block.text) for page in pages for block in page.blocks]


def with_part(folder: Path, data: bytes, body: str = PLACE) -> list[tuple[str, str]]:
    whole = paragraph("before") + body + paragraph("after")
    found = said(write_docx(folder / "outer.docx", whole, {"word/aFChunk.dat": data}))
    assert (found[0], found[-1]) == (("paragraph", "before"), ("paragraph", "after"))
    return found[1:-1]


PAGE = b"<html><body><h1>Terms</h1><p>Pay \xc3\xa9.</p></body></html>"
ARCHIVE = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<h1>Terms</h1><p>Pay =C3=A9.</p>\r\n--x\r\nContent-Type: image/png\r\n\r\nx\r\n--x--\r\n"
)


@pytest.mark.parametrize("data", [PAGE, PAGE.decode().encode("utf-16"), ARCHIVE])
def test_a_web_page_is_read(tmp_path: Path, data: bytes) -> None:
    assert with_part(tmp_path, data) == [("heading", "Terms"), ("paragraph", "Pay é.")]


def test_plain_text_is_read(tmp_path: Path) -> None:
    found = with_part(tmp_path, b"One\r\nline.\r\n\r\n\r\nTwo < 3.")
    assert found == [("paragraph", "One\nline."), ("paragraph", "Two < 3.")]


@pytest.mark.parametrize("data", [b"{\\rtf1 text}", b"<?xml version='1.0'?><a>b</a>", b""])
def test_tags_of_other_formats_are_no_text(tmp_path: Path, data: bytes) -> None:
    assert with_part(tmp_path, data) == []


def test_a_word_file_is_read_with_its_headings(tmp_path: Path) -> None:
    inner = write_docx(tmp_path / "i.docx", paragraph("Terms", '<w:outlineLvl w:val="0"/>'))
    assert with_part(tmp_path, inner.read_bytes()) == [("heading", "Terms")]


def test_word_files_in_each_other_are_read_to_a_bounded_depth(tmp_path: Path) -> None:
    data = b"the core"
    for depth in range(6):
        path = tmp_path / f"{depth}.docx"
        write_docx(path, paragraph(str(depth)) + PLACE, {"word/aFChunk.dat": data})
        data = path.read_bytes()
    assert [text for _, text in with_part(tmp_path, data)] == ["5", "4"]


def test_a_part_that_is_imported_very_often_is_bounded(tmp_path: Path) -> None:
    assert len(with_part(tmp_path, b"text", PLACE * 1_000)) == 100


def test_a_bomb_in_a_word_file_is_refused(tmp_path: Path) -> None:
    inner = write_docx(tmp_path / "i.docx", "", {"word/media/x.bin": b"\0" * 40_000_000})
    path = write_docx(tmp_path / "f.docx", PLACE, {"word/aFChunk.dat": inner.read_bytes()})
    with pytest.raises(Bomb):
        said(path)


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04 broken", ARCHIVE.replace(b"utf-8", b"unheard-of"), b"MIME-Version: 1.0\n\n"],
)
def test_a_malformed_part_leaves_the_rest_readable(tmp_path: Path, data: bytes) -> None:
    with_part(tmp_path, data)


def test_a_part_in_a_cell_belongs_to_the_cell(tmp_path: Path) -> None:
    row = f"<w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{PLACE}</w:tc></w:tr>"
    path = write_docx(tmp_path / "f.docx", f"<w:tbl>{row}</w:tbl>", {"word/aFChunk.dat": b"text"})
    (table,) = next(docx.read(path, options("docx"), LIMITS)).blocks
    assert table.rows == (("a", "text"),)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("a\r\né".encode(), "a\né"),
        ("a\ré".encode("cp1252"), "a\né"),
        ("aé".encode("utf-16"), "aé"),
        ("\ufeffaé".encode(), "aé"),
    ],
)
def test_bytes_are_decoded_by_their_encoding(data: bytes, text: str) -> None:
    assert decoded(data) == text
