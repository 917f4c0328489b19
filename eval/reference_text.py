"""Reads the words, headings and tables of Markdown: known texts, and chunks of tables."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import filterfalse, groupby

from eval.similarity import Table

_HEADING = re.compile(r"#{1,6}\s+(\S.*)")
_MARKUP = re.compile(
    r"<!--.{0,200}?-->|!\[[^\]\n]{0,400}\]\([^)\n]{0,400}\)|<[/a-z][^>\n]{0,200}>", re.DOTALL
)
_LINK = re.compile(r"\[([^\]\n]{1,400})\]\([^)\n]{1,400}\)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|-])")
_RULE = re.compile(r"[\s|:-]+$")
_CELL_END = re.compile(r"(?<!\\)\|")
# Scripts that are written without spaces count by letters.
_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff]|[^\\W_\u3040-\u30ff\u3400-\u9fff]+")
_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")


@dataclass(frozen=True)
class Read:
    """A text, with its headings and tables in a comparable form.

    `headings` is None for a known text that does not say which lines are headings.
    """

    text: str
    headings: tuple[str, ...] | None = ()
    tables: tuple[Table, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the cells with letters or digits."""
        return tuple(cell for table in self.tables for row in table for cell in row if cell)


def from_markdown(source: str) -> Read:
    """Return what a Markdown text says, without its marks."""
    bare = _LINK.sub(r"\1", _MARKUP.sub(" ", source))
    lines = [html.unescape(_ESCAPED.sub(r"\1", line.strip())) for line in bare.splitlines()]
    headings = [plain(found[1]) for line in lines if (found := _HEADING.match(line))]
    return Read(
        "\n".join(line for line in lines if not is_rule(line)),
        tuple(heading for heading in headings if heading),
        tuple(tables_of(bare.splitlines())),
    )


def is_rule(line: str) -> bool:
    """Return whether a line is the rule below a table's header."""
    return "-" in line and _RULE.match(line) is not None


def tables_of(lines: Iterable[str]) -> Iterator[Table]:
    """Yield the tables of Markdown lines, their cells in a comparable form.

    >>> list(tables_of(["| Bolt | 12 Nm |", "| --- | --- |", "| Nut |  |", "Text", "| Rod |"]))
    [(('bolt', '12 nm'), ('nut', '')), (('rod',),)]
    """
    for is_table, group in groupby(lines, key=lambda line: line.lstrip().startswith("|")):
        if is_table:
            yield tuple(map(_cells, filterfalse(is_rule, group)))


def _cells(row: str) -> tuple[str, ...]:
    bare = row.strip().removeprefix("|").removesuffix("|")
    return tuple(plain(html.unescape(cell)) for cell in _CELL_END.split(bare))


def plain(text: str) -> str:
    """Return the words of a text in lower case, with one space between them."""
    return " ".join(words(text))


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; Chinese and Japanese signs count as words.

    >>> words("Die Größe: 3,5 m² – „fiXed“ 数学")
    ['die', 'grösse', '3', '5', 'm2', 'fixed', '数', '学']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def numbers(text: str) -> list[str]:
    """Return the numbers of a text with their separators.

    >>> numbers("1,234.50 of 7; 2024.")
    ['1,234.50', '7', '2024']
    """
    return _NUMBER.findall(unicodedata.normalize("NFKC", text))
