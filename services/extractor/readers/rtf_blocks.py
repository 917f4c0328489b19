"""Builds blocks from the text and the controls of an RTF file."""

from __future__ import annotations

import re

from services.extractor.document import Block, BlockKind, ReadOptions
from services.extractor.readers.html_tables import Cell, Table
from services.extractor.readers.paragraph_text import ParagraphText
from services.extractor.readers.rtf_state import RtfState
from services.extractor.readers.slices import SLICE

_HEADING = re.compile(r"heading ([1-9])\b|(title)$", re.IGNORECASE)
_INDENT = "  "
_MAX_LEVEL = 8
_ENDS = ("par", "sect", "page", "pard")


class RtfBlocks:
    """Collects paragraphs, tables and notes, and gives the blocks that are complete."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._text = ParagraphText()
        self._aside = ParagraphText()
        self._label = ""
        self._name = ""
        self._style, self._outline, self._depth = 0, -1, 0
        self._levels: dict[int, int] = {}
        self._table: Table | None = None
        self._cells: list[Cell] = []
        self._in_table = False
        self._is_header = False
        self._done: list[Block] = []
        self._asides: list[Block] = []

    def take(self) -> list[Block]:
        """Return the complete blocks since the last call."""
        done, self._done = self._done, []
        return done

    def end(self) -> list[Block]:
        """Return the rest of the blocks at the end of the file."""
        self._end_paragraph()
        self._end_table()
        return self.take()

    def text(self, text: str, state: RtfState) -> None:
        """Add text of a group."""
        if state.destination == "body":
            self._text.add(text, hidden=state.hidden, struck=state.struck)
            if self._text.size > SLICE:
                self._end_paragraph()
        elif state.destination in ("note", "comment"):
            self._aside.add(text)
        elif state.destination == "label":
            self._label += text
        elif state.destination == "styles":
            self._name += text
            if self._name.rstrip().endswith(";"):
                self._end_style()

    def control(self, word: str, number: int, destination: str) -> None:
        """Follow a control word that is not about characters."""
        if word == "s":
            self._style = number
        elif word == "outlinelevel":
            self._outline = number
        elif destination == "styles":
            return
        elif destination != "body":
            if word in ("par", "line"):
                self._aside.end_line()
        elif word == "ilvl":
            self._depth = min(max(number, 0), _MAX_LEVEL)
        elif word == "intbl":
            self._in_table = True
        elif word == "trhdr":
            self._is_header = True
        elif word == "line":
            self._text.end_line()
        elif word in ("cell", "nestcell"):
            self._end_cell(nested=word == "nestcell")
        elif word == "row":
            self._end_row()
        elif word in _ENDS:
            self._end_paragraph()
            if word == "pard":
                self._style, self._outline, self._depth = 0, -1, 0
                self._in_table = False
        elif word == "trowd":
            self._is_header = False

    def end_destination(self, destination: str) -> None:
        """End a group with text of its own."""
        if destination in ("note", "comment"):
            text, _ = self._aside.take()
            if text and destination == "comment":
                self._asides.append(Block("comment", f"Comment: {text}", None))
            elif text:
                self._asides.append(Block("paragraph", text, None, aside=True))

    def _end_style(self) -> None:
        """Note whether the style that was defined is that of a heading."""
        named = _HEADING.match(self._name.strip().rstrip(";").strip())
        level = self._outline + 1 if 0 <= self._outline < 9 else 0
        if named:
            level = int(named[1] or 1)
        if level:
            self._levels[self._style] = min(level, 6)
        self._name, self._style, self._outline = "", 0, -1

    def _end_paragraph(self) -> None:
        text, apart = self._text.take()
        level = self._outline + 1 if 0 <= self._outline < 9 else self._levels.get(self._style, 0)
        label = " ".join(self._label.split())
        self._label = ""
        kind: BlockKind = "list" if label else "paragraph"
        start = f"{_INDENT * self._depth}{_plain(label)} " if label else ""
        if text and level and not self._in_table:
            heading = " ".join(f"{label} {text}".split())
            self._emit(Block("heading", heading, None, level=min(level, 6)))
        elif text:
            self._emit(Block(kind, start + text, None))
        for one in apart:
            self._emit(one.block(None))
        asides, self._asides = self._asides, []
        for block in asides:
            self._emit(block)

    def _end_cell(self, *, nested: bool) -> None:
        if nested:
            self._text.add(", ")
            return
        self._in_table = True
        self._end_paragraph()
        if not self._cells:
            self._cells.append(Cell())
        self._cells.append(Cell())

    def _end_row(self) -> None:
        self._table = self._table or Table()
        self._table.begin_row()
        self._table.in_head = self._is_header
        if self._cells and not self._cells[-1].blocks:
            self._cells.pop()  # the one that the last cell opened
        for cell in self._cells:
            self._table.begin_cell(cell)
        self._table.end_row()
        self._cells = []
        if self._table.is_full():
            self._done += self._table.blocks(self._options)

    def _emit(self, block: Block) -> None:
        if self._in_table:
            if not self._cells:
                self._cells.append(Cell())
            self._cells[-1].blocks.append(block)
            return
        self._end_table()
        self._done.append(block)

    def _end_table(self) -> None:
        if self._cells:
            self._end_row()
        if self._table is not None:
            table, self._table = self._table, None
            self._done += table.blocks(self._options)


def _plain(label: str) -> str:
    """Return a label as text; fonts of symbols have their bullets at numbers without meaning."""
    return label if any(map(str.isalnum, label)) else "•"
