"""Plain text in all supported encodings."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block, Page
from services.extractor.readers import decoding, text
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import encoding_of, text_parts
from tests.support.readers import LIMITS, options

WORDS = "Grüße aus Köln, 5 € für Jürgen. Ça va très bien là-bas."


def blocks(pages: list[Page]) -> list[Block]:
    return [block for page in pages for block in page.blocks]


def read_text(path: Path) -> list[Block]:
    return blocks(list(text.read(path, options("txt"), LIMITS)))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_text_is_decoded_by_its_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "f.txt"
    path.write_bytes((WORDS * 50).encode(encoding))
    (block,) = read_text(path)
    assert block.text == WORDS * 50


def test_one_invalid_byte_does_not_affect_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    path.write_bytes(WORDS.encode() + b"\xff" + WORDS.encode())
    assert encoding_of(path) == "utf-8"
    (block,) = read_text(path)
    assert block.text == WORDS + "\ufffd" + WORDS


def test_blank_lines_separate_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    path.write_bytes(b"one\r\nstill one\r\n\r\n \t\r\ntwo\n\n\n\nthree\x00\n")
    assert [block.text for block in read_text(path)] == ["one\nstill one", "two", "three"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_line_end_that_is_read_in_two_parts_stays_one_line_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    path = tmp_path / "f.txt"
    path.write_bytes("one\r\ntwo\rthree\r\n".encode(encoding))
    for size in range(1, 12):
        monkeypatch.setattr(decoding, "_READ", size)
        assert "".join(text_parts(path)) == "one\ntwo\nthree\n"
        assert [block.text for block in read_text(path)] == ["one\ntwo\nthree"]


@pytest.mark.parametrize("letters", ["x", "word ", "line\n"])
def test_a_huge_text_is_read_in_slices(tmp_path: Path, letters: str) -> None:
    path = tmp_path / "f.txt"
    path.write_text(letters * 1_000_000)
    pages = list(text.read(path, options("txt"), LIMITS))
    assert {page.number for page in pages} == {1}
    assert max(len(block.text) for block in blocks(pages)) <= 64 * 1024
    written = sum(len("".join(block.text.split())) for block in blocks(pages))
    assert written == 1_000_000 * len(letters.strip())


@pytest.mark.parametrize(
    ("dirty", "tidy"),
    [
        ("a\x00b\x07c", "abc"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("e\ufb03cient \ufb02ow", "efficient flow"),
        ("soft\u00adhyphen\u200b\ufeff", "softhyphen"),
        ("5\u00a0kg x²", "5 kg x²"),
        ("\ufee3\ufeae\ufea3\ufe92\ufe8e", "مرحبا"),
    ],
)
def test_control_characters_and_presentation_forms_are_replaced(dirty: str, tidy: str) -> None:
    assert clean(dirty) == tidy
