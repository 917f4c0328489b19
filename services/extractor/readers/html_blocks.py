"""Builds blocks from the tags and texts of HTML, as a parser reports them one after the other.

Nothing is fetched and no script runs. Text that a page does not show is marked as hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from services.extractor.document import Block, BlockKind, ReadOptions
from services.extractor.readers.html_lists import Lists
from services.extractor.readers.html_tables import Cell, Table, span
from services.extractor.readers.paragraph_text import ParagraphText
from services.extractor.readers.slices import SLICE

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Programs, styles, media, controls and menus: a reader of the page does not read them as text.
_SKIPPED = frozenset(
    """script style template noscript svg math iframe object embed canvas audio video map
    datalist button nav head""".split()
)
_BLOCKS = frozenset(
    """address article aside blockquote body center dd details dialog dir div dl dt fieldset
    figcaption figure footer form header hgroup hr html legend li main menu nav ol p pre search
    section summary ul table caption tr td th thead tbody tfoot""".split()
) | set(_HEADINGS)
_STRUCK = frozenset({"s", "strike", "del"})
_LISTS = frozenset({"ul", "ol", "menu", "dir", "dl"})
_ITEMS = frozenset({"li", "dt", "dd"})
_LINES = frozenset({"p", "div", "dd", "blockquote"})  # only end a line within an item of a list
_PARTS = frozenset({"table", "caption", "thead", "tfoot", "tbody", "tr", "td", "th"})
_HIDING = re.compile(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE)
_MAX_TABLES = 16  # nested; the cells of deeper ones are read as plain text
_MAX_STYLE = 2_000  # characters of a `style` that are looked at


class _Open(NamedTuple):
    """An element whose end has not come, with what holds for the text in it."""

    tag: str
    skipped: bool = False
    hidden: bool = False
    struck: bool = False
    verbatim: bool = False
    layout: bool = False


class HtmlBlocks:
    """Receives the events of an lxml parser and gives the blocks that are complete."""

    def __init__(
        self,
        options: ReadOptions,
        *,
        bullet: str = "•",
        comments: bool = False,
        main_only: bool = False,
        titled: bool = True,
    ) -> None:
        self._options = options
        self._comments = comments
        self._text = ParagraphText()
        self._open = [_Open("", skipped=main_only)]
        self._bullet = bullet
        self._lists = [Lists(bullet)]  # one for the page, and one for each open cell
        self._after_term = False
        self._tables: list[Table] = []
        self._cells: list[Cell] = []
        self._ignored_tables = 0  # open ones that are nested too deeply
        self._done: list[Block] = []
        self._title: list[str] = []
        self._untitled = titled

    def take(self) -> list[Block]:
        """Return the complete blocks since the last call."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        above = self._open[-1]
        if tag == "main" or attributes.get("role") == "main":
            above = above._replace(skipped=False)
        if tag in _BLOCKS and not above.skipped:
            self._begin_block(tag, attributes)
        elif tag == "br":
            self._text.end_line()
        elif not above.skipped:
            self._add(_shown_text(tag, attributes))
        style = attributes.get("style", "")[:_MAX_STYLE]
        self._open.append(
            _Open(
                tag,
                skipped=above.skipped or _is_skipped(tag, attributes),
                hidden=above.hidden or "hidden" in attributes or bool(_HIDING.search(style)),
                struck=above.struck or tag in _STRUCK,
                verbatim=above.verbatim or tag == "pre",
            )
        )

    def end(self, tag: str) -> None:
        """End the innermost element, which has this tag."""
        if len(self._open) > 1:
            ended = self._open.pop()
            if tag in _BLOCKS and not ended.skipped:
                self._end_block(tag)

    def data(self, text: str) -> None:
        """Add a piece of text."""
        if self._open[-1].tag == "title" and self._open[-2].tag == "head" and self._untitled:
            self._title.append(text)
        elif not self._open[-1].skipped:
            self._add(text)
            if self._text.size > SLICE:
                rest = self._text.take_last_word()
                self._flush()
                self._add(rest)

    def comment(self, text: str) -> None:
        """Add a comment as hidden text, if comments are read."""
        if self._comments and not self._open[-1].skipped:
            self._text.add(text, hidden=True)  # it stands apart from the text around it

    def pi(self, target: str, text: str | None = None) -> None:
        """Pass over a processing instruction."""

    def close(self) -> None:
        """End the document."""
        while len(self._open) > 1:
            self.end(self._open[-1].tag)
        self._flush()
        while self._tables:
            self._end_table()
        self._emit_title("")

    def _add(self, text: str) -> None:
        now = self._open[-1]
        if now.verbatim and not self._text:
            text = text.lstrip("\n")
        if text and not text.isspace():
            self._after_term = False
        self._text.add(text, hidden=now.hidden, struck=now.struck, verbatim=now.verbatim)

    def _begin_block(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _LINES and self._lists[-1].is_in_item():
            self._end_line()
            return
        self._flush()
        if tag in _LISTS or tag in _ITEMS:
            self._lists[-1].start(tag, attributes)
        elif tag in _PARTS:
            self._begin_part(tag, attributes)

    def _end_block(self, tag: str) -> None:
        if tag in _LINES and self._lists[-1].is_in_item():
            self._end_line()
            return
        if tag == "dt":
            self._end_term()
            return
        if tag == "caption" and self._tables:
            self._tables[-1].caption = self._text.take()[0].replace("\n", " ")
        elif tag in _HEADINGS:
            self._flush("heading", _HEADINGS[tag])
        else:
            self._flush("caption" if tag == "figcaption" else "paragraph")
        if tag in _LISTS or tag in _ITEMS:
            self._lists[-1].end(tag)
        elif tag in _PARTS:
            self._end_part(tag)

    def _end_line(self) -> None:
        if not self._after_term:
            self._text.end_line()

    def _end_term(self) -> None:
        """Put a term and its description into one item: "term: description"."""
        if self._text:
            self._text.add("" if self._text.ends_with((":", "?", "!")) else ":")
            self._text.add(" ")
            self._after_term = True

    def _begin_part(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "table":
            layout = attributes.get("role") in ("presentation", "none")
            if len(self._tables) < _MAX_TABLES:
                self._tables.append(Table(layout=layout))
            else:
                self._ignored_tables += 1
        elif not self._tables or self._ignored_tables:
            return
        elif tag == "thead":
            self._tables[-1].in_head = True
        elif tag == "tr":
            self._tables[-1].begin_row()
        elif tag in ("td", "th"):
            rows, columns = span(attributes.get("rowspan")), span(attributes.get("colspan"))
            self._cells.append(Cell(names=tag == "th", rows=rows, columns=columns))
            self._tables[-1].begin_cell(self._cells[-1])
            self._lists.append(Lists(self._bullet))

    def _end_part(self, tag: str) -> None:
        if self._ignored_tables:
            self._ignored_tables -= tag == "table"
        elif not self._tables:
            return
        elif tag == "table":
            self._end_table()
        elif tag == "thead":
            self._tables[-1].in_head = False
        elif tag == "tr":
            self._tables[-1].end_row()
            if self._tables[-1].is_full():
                self._emit_rows(self._tables[-1])
        elif tag in ("td", "th") and self._cells:
            self._cells.pop()
            self._lists.pop()

    def _end_table(self) -> None:
        self._emit_rows(self._tables.pop())

    def _emit_rows(self, table: Table) -> None:
        for block in table.blocks(self._options):
            self._emit(block)

    def _flush(self, kind: BlockKind = "paragraph", level: int = 0) -> None:
        """End the paragraph; what stands apart from its text follows it."""
        if not self._text:
            return
        text, apart = self._text.take()
        text = text.strip() if kind == "heading" else text
        label = ""
        if (
            kind == "paragraph"
            and (text or apart)
            and (found := self._lists[-1].label()) is not None
        ):
            kind, label = "list", found
        if kind == "heading" and text:
            self._emit(Block("heading", " ".join(text.split()), None, level=level))
        elif text:
            self._emit(Block(kind, label + text, None))
        for one in apart:
            whole = kind == "list" and not text
            self._emit(one.block(None, "list", label) if whole else one.block(None))

    def _emit(self, block: Block) -> None:
        if self._cells:
            self._cells[-1].blocks.append(block)
            return
        self._emit_title(block.text if block.kind == "heading" else "")
        self._done.append(block)

    def _emit_title(self, heading: str) -> None:
        """Put the title of the page above its first block, unless that has the same words."""
        title = " ".join("".join(self._title).split())
        if self._untitled and title and not (heading and heading in title):
            self._done.append(Block("heading", title, None, level=1))
        self._untitled, self._title = False, []


def _is_skipped(tag: str, attributes: Mapping[str, str]) -> bool:
    """Return whether the text in an element is not read; of choices the selected one is."""
    if tag == "option":
        return "selected" not in attributes
    return tag in _SKIPPED or attributes.get("role") == "navigation"


def _shown_text(tag: str, attributes: Mapping[str, str]) -> str:
    """Return the text that a browser shows for an element without content."""
    if tag == "img":
        alternative = attributes.get("alt", "").strip()
        return f" {alternative} " if " " in alternative else ""  # one word names an icon
    if tag == "input":
        kind = attributes.get("type", "text").lower()
        if kind in ("checkbox", "radio") and "role" not in attributes:
            return "☑ " if "checked" in attributes else "☐ "
        if kind in ("text", "number", "date", "email", "tel"):
            return attributes.get("value", "")
    return " " if tag == "wbr" else ""
