"""Typesets a sample as a PDF: HTML in one or two columns, ruled tables, figures, an outline.

A document is set twice: the first run finds the pages of the headings and the page count, which
the second run prints in the contents list and page footers.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pymupdf

from tools.samples.house import ACCENT, COMPANY, INK, MADE_AT, RULE, TINT, Sop, long_date, rgb

PAGE = pymupdf.paper_rect("a4")
# Page geometry in points (1/72 inch); the top and bottom have room for header and footer.
MARGIN, TOP, BOTTOM, GUTTER = 54.0, 82.0, 66.0, 20.0
BODY = pymupdf.Rect(MARGIN, TOP, PAGE.width - MARGIN, PAGE.height - BOTTOM)
PADDING = 4.0
CSS = f"""
body {{ font-family: sans-serif; font-size: 9.6pt; line-height: 1.36; color: {INK}; margin: 0 }}
h1 {{ font-size: 18pt; line-height: 1.2; color: {ACCENT}; margin: 0 0 8pt 0 }}
h2 {{ font-size: 12pt; line-height: 1.2; color: {ACCENT}; margin: 9pt 0 3pt 0 }}
h2.first {{ margin-top: 0 }}
h3 {{ font-size: 10pt; line-height: 1.2; color: {INK}; margin: 6pt 0 2pt 0 }}
p {{ margin: 0 0 5pt 0 }}
ol, ul {{ margin: 0 0 5pt 0; padding-left: 16pt }}
li {{ margin: 0 0 2pt 0 }}
.break {{ page-break-before: always }}
.contents {{ font-size: 11pt; font-weight: bold; margin: 4pt 0 3pt 0 }}
.caption {{ font-size: 9pt; font-weight: bold; color: {ACCENT}; margin: 0 }}
.cell {{ font-size: 8.6pt; line-height: 1.25; margin: 0 }}
.small {{ font-size: 8pt; line-height: 1.2; color: #55636d; margin: 0 }}
"""


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    page: int


@dataclass(frozen=True)
class Outline:
    """Headings and page count that the first run finds for the second."""

    headings: tuple[Heading, ...] = ()
    pages: int = 0


class PlacedElement(Protocol):
    """An element that a story has placed; bit 0 of `open_close` marks its start."""

    open_close: int
    heading: int
    text: str


@dataclass
class Drawing:
    """Shapes drawn on a page after its text: fills under it, rules and pictures over it."""

    fills: list[pymupdf.Rect] = field(default_factory=list)
    rules: list[tuple[pymupdf.Point, pymupdf.Point]] = field(default_factory=list)
    pictures: list[tuple[pymupdf.Rect, bytes]] = field(default_factory=list)


class Press:
    """Sets one document top to bottom, in points from the page's top left."""

    def __init__(self, sop: Sop, outline: Outline) -> None:
        self.outline = outline
        self._sop = sop
        self._buffer = io.BytesIO()
        self._writer = pymupdf.DocumentWriter(self._buffer)
        self._drawings: list[Drawing] = []
        self._headings: list[Heading] = []
        self.new_page()

    def new_page(self) -> None:
        if self._drawings:
            self._writer.end_page()
        self._device = self._writer.begin_page(PAGE)
        self._drawings.append(Drawing())
        self._y = BODY.y0
        self._print_header_and_footer()

    def title(self) -> None:
        self.text(f"<h1>{html.escape(self._sop.title)}</h1>")
        self.table(self._sop.control_block, (0.11, 0.09, 0.19, 0.19, 0.21, 0.21))

    def text(self, source: str) -> None:
        """Set HTML over the full width, with new pages as needed."""
        story = _story(source)
        while self._set(story, pymupdf.Rect(BODY.x0, self._y, BODY.x1, BODY.y1)):
            self.new_page()

    def columns(self, source: str) -> None:
        """Set HTML in two columns of equal height on the current page.

        ValueError: the text does not fit.
        """
        width = (BODY.width - GUTTER) / 2
        top, height = self._y, _balanced_height(source, width, BODY.y1 - self._y)
        story = _story(source)
        for left in (BODY.x0, BODY.x1 - width):
            self._set(story, pymupdf.Rect(left, top, left + width, top + height))
        self._y = top + height

    def table(
        self, rows: Sequence[Sequence[str]], shares: Sequence[float], caption: str = ""
    ) -> None:
        """Set a ruled table with a shaded header row; a row is never split.

        `shares` are the columns' fractions of the text width.
        """
        widths = [share * BODY.width for share in shares]
        heights = [_row_height(row, widths, header=not n) for n, row in enumerate(rows)]
        captions = 18.0 if caption else 4.0
        if self._y + captions + sum(heights) > BODY.y1:
            self.new_page()
        self._y += 4
        if caption:
            self._line("caption", caption)
        top = self._y
        for n, (row, height) in enumerate(zip(rows, heights, strict=True)):
            self._row(row, widths, height, header=not n)
        self._rule_columns(widths, top)
        self._y += 8

    def figure(self, png: bytes, height: float, caption: str) -> None:
        """Set a picture of `height` points over the full width, with its caption below."""
        if self._y + height + 24 > BODY.y1:
            self.new_page()
        frame = pymupdf.Rect(BODY.x0, self._y + 4, BODY.x1, self._y + 4 + height)
        self._drawings[-1].pictures.append((frame, png))
        self._y = frame.y1 + 4
        self._line("caption", caption)
        self._y += 6

    def contents(self) -> None:
        """Set the list of headings with their pages from the outline."""
        for heading in self.outline.headings:
            indent = 14.0 * (heading.level - 1)
            row = pymupdf.Rect(BODY.x0 + indent, self._y, BODY.x1 - 30, self._y + 15)
            self._set(_story(_p("cell", heading.text)), row)
            number = _p("cell", str(heading.page), align="right")
            self._set(_story(number), pymupdf.Rect(BODY.x1 - 30, row.y0, BODY.x1, row.y1))
            self._y = row.y1

    def finish(self) -> tuple[bytes, Outline]:
        self._writer.end_page()
        self._writer.close()
        with pymupdf.open("pdf", self._buffer.getvalue()) as document:
            for page, drawing in zip(document, self._drawings, strict=True):
                _draw(page, drawing)
            document.set_toc([[h.level, h.text, h.page] for h in self._headings])
            document.set_metadata(_metadata(self._sop))
            document.subset_fonts()
            content = document.tobytes(garbage=4, deflate=True, no_new_id=True)
        return content, Outline(tuple(self._headings), len(self._drawings))

    def _set(self, story: pymupdf.Story, frame: pymupdf.Rect) -> bool:
        """Fill `frame`, move below the text that was set, and return whether text is left."""
        more, filled = story.place(frame)
        self._note_headings(story)
        story.draw(self._device)
        self._y = pymupdf.Rect(filled).y1
        return bool(more)

    def _note_headings(self, story: pymupdf.Story) -> None:
        page = len(self._drawings)

        def note(position: PlacedElement) -> None:
            if position.open_close & 1 and position.heading > 1:
                self._headings.append(Heading(position.heading - 1, position.text, page))

        story.element_positions(note)

    def _line(self, css_class: str, text: str) -> None:
        self._set(_story(_p(css_class, text)), pymupdf.Rect(BODY.x0, self._y, BODY.x1, BODY.y1))
        self._y += 3

    def _row(
        self, row: Sequence[str], widths: Sequence[float], height: float, *, header: bool
    ) -> None:
        drawing, top, left = self._drawings[-1], self._y, BODY.x0
        for text, width in zip(row, widths, strict=True):
            cell = pymupdf.Rect(left, top, left + width, top + height)
            self._set(_story(_p("cell", text, bold=header)), _inside(cell))
            left += width
        if header:
            drawing.fills.append(pymupdf.Rect(BODY.x0, top, left, top + height))
            drawing.rules.append((pymupdf.Point(BODY.x0, top), pymupdf.Point(left, top)))
        self._y = top + height
        drawing.rules.append((pymupdf.Point(BODY.x0, self._y), pymupdf.Point(left, self._y)))

    def _rule_columns(self, widths: Sequence[float], top: float) -> None:
        x = BODY.x0
        for width in (0.0, *widths):
            x += width
            ends = pymupdf.Point(x, top), pymupdf.Point(x, self._y)
            self._drawings[-1].rules.append(ends)

    def _print_header_and_footer(self) -> None:
        sop, y = self._sop, self._y
        dated = f"{sop.number} · Version {sop.version} · Effective {long_date(sop.effective)}"
        pages = f"Page {len(self._drawings)} of {self.outline.pages}"
        for text, align, top in (
            (COMPANY, "left", 40.0),
            (f"{sop.number} · {sop.title}", "right", 40.0),
            (dated, "left", PAGE.height - 46),
            (f"Printed copies are uncontrolled · {pages}", "right", PAGE.height - 46),
        ):
            frame = pymupdf.Rect(BODY.x0, top, BODY.x1, top + 14)
            self._set(_story(_p("small", text, align=align)), frame)
        for line in (56.0, PAGE.height - 52):
            ends = pymupdf.Point(BODY.x0, line), pymupdf.Point(BODY.x1, line)
            self._drawings[-1].rules.append(ends)
        self._y = y


def typeset(sop: Sop, body: Callable[[Press], None]) -> bytes:
    """Return the PDF whose pages `body` fills, set twice so that page numbers are known."""
    outline = Outline()
    for _ in range(2):
        press = Press(sop, outline)
        body(press)
        content, outline = press.finish()
    return content


def _story(source: str) -> pymupdf.Story:
    return pymupdf.Story(source, user_css=CSS)


def _p(css_class: str, text: str, *, align: str = "left", bold: bool = False) -> str:
    escaped = html.escape(text)
    body = f"<b>{escaped}</b>" if bold else escaped
    return f'<p class="{css_class}" style="text-align:{align}">{body}</p>'


def _inside(cell: pymupdf.Rect) -> pymupdf.Rect:
    return pymupdf.Rect(cell.x0 + PADDING, cell.y0 + PADDING, cell.x1 - PADDING, cell.y1)


def _row_height(row: Sequence[str], widths: Sequence[float], *, header: bool) -> float:
    def height(text: str, width: float) -> float:
        frame = pymupdf.Rect(0, 0, width - 2 * PADDING, BODY.height)
        _, filled = _story(_p("cell", text, bold=header)).place(frame)
        return float(pymupdf.Rect(filled).height)

    return max(map(height, row, widths)) + 2 * PADDING


def _balanced_height(source: str, width: float, limit: float) -> float:
    """Return the least height at which two columns hold `source`. ValueError: none."""
    for height in range(24, int(limit), 4):
        story = _story(source)
        for _ in range(2):
            more, _ = story.place(pymupdf.Rect(0, 0, width, height))
            story.draw(None)
        if not more:
            return float(height)
    raise ValueError(f"two columns of {limit:.0f} points do not hold this text")


def _draw(page: pymupdf.Page, drawing: Drawing) -> None:
    under = page.new_shape()
    for box in drawing.fills:
        under.draw_rect(box)
        under.finish(color=None, fill=rgb(TINT))
    under.commit(overlay=False)
    over = page.new_shape()
    for start, end in drawing.rules:
        over.draw_line(start, end)
        over.finish(color=rgb(RULE), width=0.6)
    over.commit()
    for frame, png in drawing.pictures:
        page.insert_image(frame, stream=png)


def _metadata(sop: Sop) -> dict[str, str]:
    stamp = f"D:{MADE_AT:%Y%m%d%H%M%S}Z"
    return {
        "title": f"{sop.number} {sop.title}",
        "author": COMPANY,
        "subject": "Standard operating procedure",
        "creator": "tools/make_samples.py",
        "producer": f"PyMuPDF {pymupdf.VersionBind}",
        "creationDate": stamp,
        "modDate": stamp,
    }
