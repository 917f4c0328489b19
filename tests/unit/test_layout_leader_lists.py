"""Lists whose dots lead to a number are tables of two columns."""

from __future__ import annotations

import pytest

from services.extractor.layout.blocks import blocks_of
from services.extractor.layout.headings import Headings
from services.extractor.layout.leader_lists import entry_of
from services.extractor.layout.lines import Line
from services.extractor.layout.page_layout import PageLayout


def line(text: str, y: float, right: float = 500, **more: object) -> Line:
    return Line(text, 50, y, right, y + 10, size=10, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Preface . . . . . . . . . xi", ("Preface", "xi")),
        ("1.2 Pumps.............. 14", ("1.2 Pumps", "14")),
        ("Seals ... and rings ........ A-7", ("Seals ... and rings", "A-7")),
        ("Gasket ..... $ 12.50", ("Gasket", "$ 12.50")),
        ("He waited .... for 14 days", None),
        ("............ 14", None),
        ("1.2 Pumps 14", None),
    ],
)
def test_an_entry_has_dots_and_a_number(text: str, entry: tuple[str, str] | None) -> None:
    assert entry_of(text) == entry


def test_a_table_of_contents_is_a_table_without_its_dots() -> None:
    lines = [
        line("Part I: Machines", 60, right=140),
        line("1 Pumps . . . . . . . . . . . . . . . 4", 72),
        line("2 Valves, taps and all that closes a pipe when", 84),
        line("it must not leak . . . . . . . . . . . 9", 96),
        line("Part II: Care", 108, right=120),
        line("3 Oil . . . . . . . . . . . . . . . . 14", 120, bold=True),
    ]
    blocks = blocks_of(PageLayout(1, 600, 800, lines), Headings())
    table = next(block for block in blocks if block.kind == "table")
    assert table.rows == (
        ("1 Pumps", "4"),
        ("2 Valves, taps and all that closes a pipe when it must not leak", "9"),
        ("Part II: Care", ""),
        ("3 Oil", "14"),
    )
    assert table.header == 0
    assert [row[1] for row in table.row_boxes] == [72, 84, 108, 120]
    assert not any(block.kind == "heading" for block in blocks)


def test_two_rows_with_dots_are_no_list() -> None:
    lines = [line("Well ...... 1", 60), line("then ...... 2", 72), line("no more of it", 84)]
    blocks = blocks_of(PageLayout(1, 600, 800, lines), Headings())
    assert {block.kind for block in blocks} == {"paragraph"}
