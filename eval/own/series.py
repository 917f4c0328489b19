"""Cases of documents that differ in a model, a year or a version only. No I/O."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from eval.own.blocks import CaseBook, Draft, Grid, Heading, Lines, Paragraph


@dataclass(frozen=True)
class Series:
    """Documents of one text: `key` names each of them, `{n}` and `{m}` are its numbers."""

    kind: str
    name: str
    keys: tuple[str, ...]
    missing: tuple[str, ...]
    title: str
    text: str
    questions: tuple[str, str]


_DEV = (
    Series(
        "model", "pump-{key}.md", ("40", "60", "90"), ("50", "75"), "Kestrel {key} pump",
        "The flow rate at full speed is {n} litres a minute. The filter is rinsed every month. "
        "The noise level in the room is {m} decibels.",
        ("What is the flow rate of the Kestrel {key} at full speed?",
         "How loud is the Kestrel {key} pump?"),
    ),
    Series(
        "year", "harvest-{key}.docx", ("2041", "2042", "2043"), ("2040", "2045"),
        "Harvest report {key}",
        "The estate pressed {n} barrels of cider. The press was repaired in spring. "
        "{m} pickers were employed.",
        ("How many barrels of cider were pressed in {key}?",
         "How many pickers were employed in {key}?"),
    ),
)  # fmt: skip
_TEST = (
    Series(
        "model", "loom-{key}.docx", ("B2", "B5", "B7", "C5"), ("B6", "C7"), "Marlin {key} press",
        "Operators wear hearing protection. The die is changed after {n} strokes. "
        "Oil pressure in operation is {m} kilopascal.",
        ("After how many strokes is the die of the Marlin {key} changed?",
         "Which oil pressure does the Marlin {key} press have in operation?"),
    ),
    Series(
        "year", "museum-{key}.md", ("2017", "2018", "2019", "2020"), ("2016", "2021"),
        "Museum in figures, {key}",
        "The museum counted {n} thousand visitors. The roof above the east wing is sound. "
        "The shop took in {m} thousand crowns.",
        ("How many visitors did the museum count in {key}?",
         "How much did the museum shop take in in {key}?"),
    ),
)  # fmt: skip
_FRESH = (
    Series(
        "model", "dryer-{key}.md", ("310", "320", "350"), ("330", "400"), "Alder {key} dryer",
        "The drum is wiped once a week. A full load takes {n} minutes. "
        "The condenser holds {m} millilitres.",
        ("How long does a full load take in the Alder {key}?",
         "How much does the condenser of the Alder {key} hold?"),
    ),
    Series(
        "year", "orchard-{key}.docx", ("2024", "2025", "2026"), ("2023", "2027"),
        "Orchard report {key}",
        "Frost came late. {n} tonnes of apples were picked. The members planted {m} trees.",
        ("How many tonnes of apples were picked in {key}?",
         "How many trees were planted in {key}?"),
    ),
)  # fmt: skip
# Title, sentence with {n}, question for one version, question without one, two dates.
_VERSIONS = {
    "dev": (
        "Rules of the reading room", "Loans last {n} days.",
        "How many days do loans last in version {key}?", "How many days do loans last?",
        "14 March 2038", "2 May 2040",
    ),
    "test": (
        "Code of the ferry line", "Dogs pay {n} pence a crossing.",
        "What do dogs pay a crossing in version {key}?", "What do dogs pay for a crossing?",
        "7 January 2031", "19 October 2033",
    ),
    "fresh": (
        "Rules of the tool library", "A tool is lent for {n} days.",
        "For how many days is a tool lent in version {key}?", "For how many days is a tool lent?",
        "3 June 2028", "11 February 2030",
    ),
}  # fmt: skip


def add(book: CaseBook, half: str, chance: random.Random) -> None:
    """Add the series, the versions and a table of years of a half."""
    for series in {"dev": _DEV, "test": _TEST, "fresh": _FRESH}[half]:
        _add_series(book, series, chance)
    _add_versions(book, half)
    _add_year_columns(book, half, chance)


def _add_series(book: CaseBook, series: Series, chance: random.Random) -> None:
    numbers = [str(each) for each in chance.sample(range(211, 989), 2 * len(series.keys))]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    drafts = [
        Draft(
            series.name.format(key=key),
            (
                Heading(series.title.format(key=key)),
                Paragraph(series.text.format(key=key, n=pair[0], m=pair[1])),
            ),
        )
        for key, pair in zip(series.keys, pairs, strict=True)
    ]
    book.drafts += drafts
    files = [draft.name for draft in drafts]
    for side, question in enumerate(series.questions):
        for key, pair in zip(series.keys, pairs, strict=True):
            absent = [each for each in numbers if each != pair[side]]
            asked = question.format(key=key)
            book.ask(f"right {series.kind}", files, asked, pair[side], absent=absent)
        for key in series.missing:
            book.ask(f"missing {series.kind}", files, question.format(key=key))


def _add_versions(book: CaseBook, half: str) -> None:
    title, sentence, question, plain, first, second = _VERSIONS[half]
    files: list[str] = []
    for version, day, number in (("1.0", first, "28"), ("2.0", second, "35")):
        opening = Lines((f"Version {version}", f"In force from {day}"))
        files.append(f"{half}-rules-{version}.md")
        book.draft(files[-1], Heading(title), opening, Paragraph(sentence.format(n=number)))
    book.ask("right version", files, question.format(key="1.0"), "28", absent=["35"])
    book.ask("right version", files, question.format(key="2.0"), "35", absent=["28"])
    book.ask("newest version first", files, plain, "35")
    book.ask("missing version", files, question.format(key="3.0"))


def _add_year_columns(book: CaseBook, half: str, chance: random.Random) -> None:
    ending, rows, years, missing = {
        "dev": ("md", ("Milk", "Butter", "Cheese", "Cream"), ("2035", "2036", "2037"), "2039"),
        "test": ("pdf", ("Rail", "Road", "Canal", "Air"), ("1998", "1999", "2000", "2001"), "2005"),
        "fresh": ("docx", ("Wheat", "Barley", "Oats", "Rye"), ("2012", "2013", "2014"), "2016"),
    }[half]
    unit = {
        "dev": "Sales of {row} in tonnes",
        "test": "Freight by {row} in million tonnes",
        "fresh": "Yields of {row} in kilograms",
    }[half]
    cells = [[str(chance.randrange(1100, 9900)) for _ in years] for _ in rows]
    name = book.draft(
        f"{half}-years.{ending}", Heading("Statistical annex"), Paragraph(_caption(unit)),
        Grid((("Item", *years), *((row, *line) for row, line in zip(rows, cells, strict=True)))),
    )  # fmt: skip
    for row, line in zip(rows, cells, strict=True):
        column = chance.randrange(len(years))
        asked = f"{_question(unit, row)} in {years[column]}?"
        others = _others(cells, line)
        book.ask("right row of a table of years", [name], asked, line[column], absent=others)
    book.ask("missing year in a table", [name], f"{_question(unit, rows[0])} in {missing}?")


def _caption(unit: str) -> str:
    return f"{unit.format(row='item')}."


def _question(unit: str, row: str) -> str:
    return f"What were the {unit[0].lower()}{unit[1:].format(row=row.lower())}"


def _others(cells: Sequence[Sequence[str]], line: Sequence[str]) -> list[str]:
    return [cell for other in cells if other is not line for cell in other]
