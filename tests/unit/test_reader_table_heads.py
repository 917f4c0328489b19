"""Names of columns above the lines of a ruled table become its first rows, and no text is lost."""

from __future__ import annotations

from services.extractor.layout.lines import Line
from services.extractor.layout.table_heads import head_above

# Names of rows, then two columns of numbers with their signs.
COLUMNS = ((0.0, 100.0), (100.0, 150.0), (160.0, 210.0))
VALUES = ("Sales", "$ 12", "$ (9)")
TOP = 100.0


def line(text: str, x0: float, x1: float, row: int) -> Line:
    """Return a line of the row that is `row` lines above the table."""
    y1 = TOP - 12 * row + 10
    return Line(text, x0, y1 - 10, x1, y1, size=9)


YEARS = [line("2023", 118, 140, 1), line("2022", 178, 200, 1)]
PERIOD = line("Year ended", 130, 180, 2)


def rows(*lines: Line, first: tuple[str, ...] = VALUES) -> tuple[tuple[str, ...], ...]:
    return head_above(lines, first, COLUMNS, TOP).rows


def test_names_above_the_values_are_given_to_the_nearest_columns() -> None:
    assert rows(*YEARS) == (("", "2023", "2022"),)


def test_a_name_above_several_columns_stands_in_all_of_them() -> None:
    head = head_above([PERIOD, *YEARS], VALUES, COLUMNS, TOP)
    assert head.rows[0] == ("", "Year ended", "Year ended")
    assert [box[1] for box in head.boxes] == [76, 88]
    assert set(map(id, head.lines)) == set(map(id, [PERIOD, *YEARS]))


def test_the_unit_beside_the_names_stands_in_the_first_column() -> None:
    assert rows(line("(in millions)", 2, 60, 1), *YEARS)[0][0] == "(in millions)"


def test_a_title_across_the_table_is_none_of_the_names() -> None:
    assert rows(line("Statements of income of the company", 40, 180, 2), *YEARS) == rows(*YEARS)
    assert rows(line("(Unaudited)", 110, 160, 2), *YEARS) == rows(*YEARS)


def test_a_table_that_begins_with_names_has_its_head_already() -> None:
    assert rows(*YEARS, first=("", "2023 (a)", "2022 (b)")) == ()


def test_text_far_above_is_no_head() -> None:
    far = [line(each.text, each.x0, each.x1, 5) for each in YEARS]
    assert rows(*far) == ()


def test_a_text_that_would_be_lost_makes_no_head() -> None:
    assert (
        rows(*YEARS, line("x", 100, 101, 1), line("y", 102, 103, 1), line("z", 150, 151, 1)) == ()
    )
