"""Pages without readable text: pictures, and fonts that do not say which letters they show."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from services.extractor.layout.legibility import is_garbled, is_garbled_line, is_suspicious
from services.extractor.readers import pdf
from tests.support.readers import LIMITS, options

PROSE = "It was shown that the valves of the pump are checked every month by the technician. " * 4
SHIFTED = "".join(
    chr((ord(letter) - 94) % 26 + 97) if letter.isalpha() else letter for letter in PROSE.lower()
)


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        (PROSE, False),
        (SHIFTED, True),
        ("\x93œ\x96{\x8cŒ\x83e\x83X\x83g", True),
        ("\ue001\ue002\ue003", True),
        ("\uf0b7 one item of a list\n\uf0b7 another item", False),
        ("Größe und Maße der Geräte für die Prüfung der Rohre " * 5, False),
        ("هذه كلمات عادية من النثر العربي", False),
        ("12.5 7.25 3.75 " * 40, False),
        ("", False),
    ],
)
def test_text_of_other_letters_than_the_printed_ones_is_garbled(text: str, garbled: bool) -> None:
    assert is_garbled(text) == garbled


def test_text_of_few_letters_is_suspicious() -> None:
    assert is_suspicious('"7+%-')
    assert not is_suspicious("Total: 12.50 EUR")
    assert not is_suspicious("(31) Ketobemidone ........................ 9628")


def picture() -> bytes:
    pixmap = pymupdf.Pixmap(pymupdf.csGRAY, (0, 0, 200, 280), False)
    pixmap.clear_with(128)
    data: bytes = pixmap.tobytes("png")
    return data


def reasons(path: Path) -> list[str]:
    return [page.unread for page in pdf.read(path, options("pdf"), LIMITS)][1:]


def test_each_page_without_readable_text_has_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "mixed.pdf"
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "Readable text on the first page.")
        document.new_page().insert_image((0, 0, 595, 842), stream=picture())
        stamped = document.new_page()
        stamped.insert_image((0, 0, 595, 842), stream=picture())
        stamped.insert_text((72, 72), "Copy 12")
        document.new_page()
        shown = document.new_page()
        shown.insert_image((72, 72, 200, 200), stream=picture())
        document.new_page().insert_textbox((72, 72, 500, 700), SHIFTED)
        document.save(path)
    assert reasons(path) == ["", "no_text", "no_text", "", "", "garbled"]


def test_garbled_text_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "garbled.pdf"
    with pymupdf.open() as document:
        document.new_page().insert_textbox((72, 72, 500, 700), SHIFTED)
        document.save(path)
    _, page = pdf.read(path, options("pdf"), LIMITS)
    assert page.blocks == ()


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("üìüüéê ûüüéê", True),
        ("Été à l'école", False),
        ("Những ngày đầu tiên của tháng", False),
        ("Ärger über Öl", False),
        ("É", False),
    ],
)
def test_a_line_of_accented_letters_alone_is_garbled(text: str, garbled: bool) -> None:
    assert is_garbled_line(text) is garbled
