"""The content of books, chapter by chapter."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import epub
from shared.domain.errors import Bomb, Corrupt, Encrypted
from tests.support.readers import LIMITS, options

CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
BOOK = (
    '<package xmlns:dc="d"><metadata><dc:title>The  lake</dc:title><dc:creator>Ada</dc:creator>'
    '</metadata><manifest><item id="n" href="nav.xhtml" properties="nav"/>'
    '<item id="a" href="one%20a.xhtml"/><item id="b" href="two.xhtml"/></manifest>'
    '<spine><itemref idref="n"/><itemref idref="b"/><itemref idref="a"/></spine></package>'
)
HEAD = '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'


def read(folder: Path, parts: Mapping[str, str | bytes]) -> list[Block]:
    path = folder / "f.epub"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    pages = epub.read(path, options("epub"), LIMITS)
    return [block for page in pages for block in page.blocks]


PARTS: dict[str, str | bytes] = {
    "META-INF/container.xml": CONTAINER,
    "OPS/book.opf": BOOK,
    "OPS/nav.xhtml": f"{HEAD}<body>contents</body></html>",
    "OPS/one a.xhtml": f"{HEAD}<head><title/></head><body><a id='x'/><h2>Second</h2>b<br/>c</body>",
    "OPS/two.xhtml": f"{HEAD}<head><title>T</title></head><h2>First</h2><p>a&nbsp;é</p></body>",
}


def test_chapters_are_read_in_their_order_below_the_title(tmp_path: Path) -> None:
    assert [(block.kind, block.text) for block in read(tmp_path, PARTS)] == [
        ("heading", "The lake"),
        ("field", "Author: Ada"),
        ("heading", "First"),
        ("paragraph", "a é"),
        ("heading", "Second"),
        ("paragraph", "b\nc"),
    ]


ENCRYPTION = '<encryption><CipherReference URI="OPS/two.xhtml"/></encryption>'


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"META-INF/container.xml": "<container/>"}, Corrupt),
        ({"META-INF/container.xml": "<container>"}, Corrupt),
        ({"META-INF/container.xml": b"<container>\xff</container>"}, Corrupt),
        ({"META-INF/encryption.xml": ENCRYPTION}, Encrypted),
        ({"OPS/x.xhtml": '<!DOCTYPE html [<!ENTITY a "aa">]><html/>'}, Bomb),
        ({"../x.xhtml": ""}, Bomb),
    ],
)
def test_books_that_can_not_be_read_are_refused(
    tmp_path: Path, parts: dict[str, str | bytes], error: type[Exception]
) -> None:
    with pytest.raises(error):
        read(tmp_path, PARTS | parts)


def test_chapters_that_are_missing_are_passed_over(tmp_path: Path) -> None:
    parts = {name: part for name, part in PARTS.items() if "one" not in name}
    assert [block.text for block in read(tmp_path, parts)][-1] == "a é"
