"""Recognised lines become a page: what hOCR says, how it is turned, where its text stands."""

from __future__ import annotations

from collections.abc import Sequence

import pymupdf
import pytest

from services.extractor.drawing import Drawing, scale_of
from services.extractor.recognition.base import (
    Line,
    Picture,
    UnknownLanguage,
    chosen_languages,
    recognised,
)
from services.extractor.recognition.hocr import lines_of
from services.extractor.recognition.page import confidence_of, page_of
from services.extractor.recognition.skew import slope_of
from shared.domain.errors import ParserCrash
from tests.support import scans

A4 = (595.0, 842.0)


def hocr(*lines: str, title: str = "bbox 100 200 500 240; x_size 30") -> str:
    spans = [
        f"<div class='ocr_carea'><span class='ocr_line' title='{title}'>{words}</span></div>"
        for words in lines
    ]
    return f"<html><body><div class='ocr_page'>{''.join(spans)}</div></body></html>"


def word(text: str, confidence: int = 90) -> str:
    return f"<span class='ocrx_word' title='bbox 1 2 3 4; x_wconf {confidence}'>{text}</span>"


def test_a_line_has_its_words_box_size_and_confidence() -> None:
    [line] = lines_of(hocr(word("Total", 80) + " " + word("<em>R&amp;D</em>:", 100)))
    assert (line.text, line.box, line.size) == ("Total R&D:", (100, 200, 500, 240), 30)
    assert line.confidence == pytest.approx((5 * 0.8 + 4 * 1.0) / 9)


@pytest.mark.parametrize(
    ("angle", "turns"), [("", 0), ("; textangle 90", 1), ("; textangle 180", 2)]
)
def test_a_line_knows_how_it_is_turned(angle: str, turns: int) -> None:
    [line] = lines_of(hocr(word("Up"), title=f"bbox 1 2 3 4{angle}; x_size 10"))
    assert line.turns == turns


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("¢ Doors", "• Doors"),
        ("© Windows", "• Windows"),
        ("© 2023 Acme", "© 2023 Acme"),
        ("© Copyright Acme", "© Copyright Acme"),
        ("5 ¢ each", "5 ¢ each"),
    ],
)
def test_a_bullet_is_not_a_sign_of_money_or_copyright(printed: str, read: str) -> None:
    [line] = lines_of(hocr(" ".join(word(each) for each in printed.split())))
    assert line.text == read


def test_stains_that_were_taken_for_words_are_left_out() -> None:
    assert lines_of(hocr(word("~=;", 8))) == []
    assert lines_of("<html><p>no lines") == []


@pytest.mark.parametrize("degrees", [-6.0, -2.0, -0.5, 0.0, 1.0, 4.0])
@pytest.mark.parametrize("quarters", [0, 1])
def test_the_slope_of_a_page_is_found(degrees: float, quarters: int) -> None:
    text = "Every line of this letter is level when the sheet is fed in straight. " * 12
    data = scans.picture(text, degrees=degrees + 90 * quarters, dpi=100, kind="pgm")
    assert slope_of(Picture.from_pgm(data)) == pytest.approx(-degrees, abs=0.25)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_page_without_lines_is_not_turned(grey: int) -> None:
    assert slope_of(Picture(300, 300, bytes([grey]) * 90_000)) == 0.0


@pytest.mark.parametrize("slope", [0.0, 2.5, -7.0])
def test_a_box_of_the_drawing_is_found_again_on_the_page(slope: float) -> None:
    document = pymupdf.open()
    page = document.new_page(width=A4[0], height=A4[1])
    page.draw_rect((200, 300, 300, 301), fill=(0, 0, 0))
    scale = scale_of(*A4)
    matrix = pymupdf.Matrix(scale, scale).prerotate(slope)
    drawn = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)
    dark = [at for at, value in enumerate(drawn.samples) if value < 128]
    xs, ys = [at % drawn.width for at in dark], [at // drawn.width for at in dark]
    box = (min(xs) / scale, min(ys) / scale, max(xs) / scale, max(ys) / scale)
    x0, y0, x1, y1 = Drawing(*A4, scale, slope).on_page(box)
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((250, 300.5), abs=2)


def line(text: str, top: float, *, left: float = 200, turns: int = 0, block: int = 1) -> Line:
    return Line(text, (left, top, left + 20 * len(text), top + 30), 30, 0.9, turns, block)


def column(words: str, x: float) -> list[Line]:
    tops = range(200, 520, 40)
    return [Line(words, (x, top, x + 630, top + 30), 30, 0.9, 0, int(x)) for top in tops]


def test_lines_of_two_columns_are_read_one_column_after_the_other() -> None:
    words = "The left column tells of doors and their frames, and of"
    left = column(words, 150)
    right = column(words.replace("left", "right"), 880)
    drawing = Drawing(*A4, scale_of(*A4))
    page = page_of([*left, *right], drawing, (1654, 2339), number=3, turns=0)
    text = " ".join(block.text for block in page.blocks)
    assert text.count("left") == text.count("right") == 8
    assert text.rindex("left") < text.index("right")
    assert {block.page for block in page.blocks} == {3}


def test_a_page_on_its_side_has_its_boxes_as_it_is_displayed() -> None:
    sideways = Line("Sideways text", (1000, 200, 1030, 900), 30, 0.9, turns=3)
    drawing = Drawing(*A4, scale_of(*A4))
    page = page_of([sideways], drawing, (1654, 2339), number=1, turns=0)
    [block] = page.blocks
    assert block.text == "Sideways text"
    assert block.box == pytest.approx([side / drawing.scale for side in sideways.box], abs=0.1)


def test_confidence_counts_letters() -> None:
    assert confidence_of([]) is None
    assert confidence_of([line("abc", 0), line("a", 0)._replace(confidence=0.5)]) == 0.8


@pytest.mark.parametrize(
    "data",
    [b"", b"P6\n1 1\n255\n...", b"P5\n2 2\n255\n...", b"P5\n0 9\n255\n", b"P5\n1 1\n65535\n.."],
)
def test_other_bytes_than_those_of_a_grey_picture_are_refused(data: bytes) -> None:
    with pytest.raises(ParserCrash):
        Picture.from_pgm(data)


def test_a_picture_is_written_as_it_was_read() -> None:
    picture = Picture(2, 3, b"abcdef")
    assert Picture.from_pgm(picture.to_pgm()) == picture
    assert picture.upside_down() == Picture(2, 3, b"fedcba")


class Engine:
    """Recognises one word, and only in a picture that begins with a dark pixel."""

    name = "engine"
    languages = frozenset({"eng", "deu"})

    async def recognise(self, picture: Picture, languages: Sequence[str]) -> list[Line]:
        is_upright = picture.pixels[0] == 0
        return [Line("word", (0, 0, 4, 1), 1, 0.9 if is_upright else 0.4)]


async def test_a_page_upside_down_is_turned() -> None:
    upright, turned = (
        Picture(5, 2, bytes(1) + bytes([9]) * 9),
        Picture(5, 2, bytes([9]) * 9 + bytes(1)),
    )
    assert (await recognised(Engine(), upright, ["eng"]))[0].turns == 0
    [found] = await recognised(Engine(), turned, ["eng"])
    assert (found.turns, found.box) == (2, (1, 1, 5, 2))
    blank = Picture(5, 2, bytes([9]) * 10)
    assert [one.confidence for one in await recognised(Engine(), blank, ["eng"])] == [0.4]


@pytest.mark.parametrize(
    ("own", "usual", "chosen"),
    [("", "eng", ["eng"]), ("deu", "eng", ["deu"]), ("deu+eng+deu", "eng", ["deu", "eng"])],
)
def test_a_document_may_have_languages_of_its_own(own: str, usual: str, chosen: list[str]) -> None:
    assert chosen_languages(Engine(), own, usual) == chosen


def test_a_language_without_data_is_named() -> None:
    with pytest.raises(UnknownLanguage, match=r"language pol \(it has: deu, eng\)"):
        chosen_languages(Engine(), "eng+pol", "eng")
