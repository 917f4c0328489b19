"""The content of Rich Text Format."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import rtf
from shared.domain.errors import Corrupt
from tests.support.readers import LIMITS, options

FONTS = (
    r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 Gothic;}}"
    r"{\colortbl;\red0;}{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 Kop;}{\s2 heading 2;}}"
    r"{\info{\title no}{\author no}}{\header no {\field{\fldrslt no}}\par}"
)


def read(folder: Path, content: str) -> list[Block]:
    path = folder / "f.rtf"
    path.write_bytes(rf"{{\rtf1\ansi\ansicpg1252\deff0{FONTS}{content}}}".encode("latin-1"))
    pages = rtf.read(path, options("rtf"), LIMITS)
    return [block for page in pages for block in page.blocks]


def said(folder: Path, content: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read(folder, content)]


def test_headings_are_found_by_their_styles(tmp_path: Path) -> None:
    blocks = read(tmp_path, r"\pard\s1 Rest\par\pard\s2 Long\par\pard text\par more")
    assert [(block.kind, block.level, block.text) for block in blocks] == [
        ("heading", 1, "Rest"),
        ("heading", 2, "Long"),
        ("paragraph", 0, "text"),
        ("paragraph", 0, "more"),
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (r"Gr\'f6\'dfe", "Größe"),
        (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2} a", "Привет a"),
        (r"{\f2 \'93\'fa\'96\'7b}", "日本"),
        (r"5 \u8364? and \u8364\'80x", "5 € and €x"),
        (r"{\uc0 \u8364}x {\uc2 \u8364ab}x", "€x €x"),
        (r"\u-10179?\u-8694?", "😊"),
        (r"a\{b\}\\c\~d\_e\emdash\ldblquote x\rdblquote", "a{b}\\c d-e—“x”"),
        ("one\r\n two\\\r\nthree", "one two\nthree"),
        (r"\line a\line b", "a\nb"),
    ],
)
def test_characters_of_every_kind_are_decoded(tmp_path: Path, content: str, text: str) -> None:
    assert "\n".join(text for _, text in said(tmp_path, content)) == text


def test_lists_have_the_labels_that_the_file_shows(tmp_path: Path) -> None:
    content = (
        r"\pard{\listtext\tab 1.\tab}wash\par{\pard{\listtext\'b7\tab}\ilvl1 cold\par}"
        r"\pard{\pntext 2.\tab}dry\par"
    )
    assert said(tmp_path, content) == [
        ("list", "1. wash"),
        ("list", "  • cold"),
        ("list", "2. dry"),
    ]


def test_tables_are_rows_of_cells(tmp_path: Path) -> None:
    row = r"\trowd{}\cellx1\cellx2\pard\intbl {}\cell {}\cell\row"
    content = row.format(r"\trhdr", "Name", "Age") + row.format("", r"Ada\par L.", "36")
    before, table, after = read(tmp_path, rf"before\par{content}\pard after")
    assert (before.text, after.text) == ("before", "after")
    assert table.rows == (("Name", "Age"), ("Ada\nL.", "36"))
    assert table.header is True


def test_struck_and_hidden_text_and_notes_stand_apart(tmp_path: Path) -> None:
    content = (
        r"Due in {\strike 48} 24 {\v secret}hours{\footnote By {\field{\fldrslt law}}.}"
        r"{\*\annotation Really?}.\par"
    )
    blocks = read(tmp_path, content)
    assert [(block.kind, block.text, bool(block.marks)) for block in blocks] == [
        ("paragraph", "Due in 24 hours.", False),
        ("paragraph", "48", True),
        ("paragraph", "secret", True),
        ("paragraph", "By law.", False),
        ("comment", "Comment: Really?", False),
    ]


def test_fields_show_their_result_and_pictures_and_unknown_groups_nothing(tmp_path: Path) -> None:
    content = (
        r"a {\field{\*\fldinst HYPERLINK x}{\fldrslt link}}{\*\unknown no}{\pict 0a0b}"
        r"{\pict\bin4 }}}}} {\*\shpinst{\sp no}{\shptxt in a box}} b"
    )
    assert said(tmp_path, content) == [("paragraph", "a link in a box b")]


@pytest.mark.parametrize(
    "content",
    [
        "}" * 1_000 + "deep",
        "{" * 5_000 + "deep",
        "\\u99999999999? \\ansicpg7 \\uc-5 \\bin-7 deep",
        "\\pict\\bin999999999 x",
        "\\cell\\row\\row\\trowd deep",
        "\\" + "a" * 100_000 + " deep",
        "x" * 3_000_000 + " deep",
    ],
)
def test_hostile_files_are_read(tmp_path: Path, content: str) -> None:
    found = " ".join(str(block) for block in read(tmp_path, "start " + content))
    assert "start" in found
    assert "deep" in found or "bin" in content


@pytest.mark.parametrize("content", [b"{\\rt", b"words", b"{\\rtf1 " + b"{" * 20_000])
def test_files_that_can_not_be_read_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.rtf"
    path.write_bytes(content)
    with pytest.raises(Corrupt):
        list(rtf.read(path, options("rtf"), LIMITS))
