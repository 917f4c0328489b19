"""Turns the paragraphs and tables of a DOCX into blocks, in reading order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from services.extractor.document import Block, BlockKind, Mark, ReadOptions
from services.extractor.readers.charts import chart_blocks
from services.extractor.readers.docx.diagrams import read_diagram
from services.extractor.readers.docx.marks import SEEN, Look
from services.extractor.readers.docx.notes import Notes
from services.extractor.readers.docx.numbering import Numbering
from services.extractor.readers.docx.package import Package
from services.extractor.readers.docx.pages import Pages
from services.extractor.readers.docx.paragraphs import Attached, Paragraph, ParagraphReader
from services.extractor.readers.docx.styles import Styles
from services.extractor.readers.docx.symbols import BULLET
from services.extractor.readers.docx.tables import Piece, TableReader
from services.extractor.readers.xml import Element, attribute, child, local, parts_of, value

_MAX_DEPTH = 8  # tables and text boxes in each other; deeper ones are read as plain text
_INDENT = "  "  # of an item below another item, as in Markdown
_MAX_INDENT = 8  # depths of lists
# Documents in the document, and their bytes; bounds the time for a hostile file.
_MAX_IMPORTED, _MAX_IMPORTED_BYTES = 100, 32 * 1024 * 1024
# Word describes pictures by itself, in the language of its user.
_GENERATED = re.compile(
    r"automatically generated|AI-generated|automatisch generier|KI-generiert"
    r"|générée? automatiquement|généré par|generad[ao] automáticamente|generat[ao] automaticamente"
    r"|gerad[ao] automaticamente|自動的に生成|自动生成|自動產生",
    re.IGNORECASE,
)

ReadImported = Callable[[bytes], Iterator[Block]]
"""Reads a document that is a part of this one."""


class BlockReader:
    """Reads paragraphs, tables and what is in them as blocks."""

    def __init__(
        self,
        package: Package,
        options: ReadOptions,
        max_pictures: int,
        imported: ReadImported,
    ) -> None:
        self.styles = Styles(package.part("styles"))
        self.pages = Pages()
        self._options = options
        self.has_background = False
        self._package = package
        self._numbering = Numbering(package.part("numbering"))
        self._reader = ParagraphReader(self.styles, self.pages)
        self._notes = Notes(package, ParagraphReader(self.styles, Pages()))
        self._max_pictures = max_pictures
        self._imported = imported
        self._max_imported, self._max_imported_bytes = _MAX_IMPORTED, _MAX_IMPORTED_BYTES

    def container(self, holder: Element, look: Look = SEEN, depth: int = 0) -> Iterator[Piece]:
        """Yield the content of a cell, text box or other element that holds paragraphs."""
        if depth >= _MAX_DEPTH:
            for paragraph in holder.iter("{*}p"):
                yield from self._own(paragraph, self._reader.read(paragraph, look))
            return
        for inner in parts_of(holder, "p", "tbl", "altChunk"):
            if local(inner) == "altChunk":
                yield from self.imported(inner)
            elif local(inner) == "p":
                yield from self.paragraph(inner, look, depth + 1)
            else:
                yield from self.table(inner, look, depth + 1)

    def table(self, element: Element, look: Look, depth: int) -> Iterator[Piece]:
        """Yield the content of a table that is inside of another element."""
        table = TableReader(self, depth, look)
        for row in parts_of(element, "tr"):
            yield from table.add(row)
        yield from table.end()

    def paragraph(self, element: Element, look: Look = SEEN, depth: int = 0) -> Iterator[Piece]:
        """Yield a paragraph and what is attached to it."""
        on_paper = not depth and not self.has_background
        paragraph = self._reader.read(element, look, on_paper=on_paper)
        yield from self._own(element, paragraph)
        for attached in paragraph.attached:
            yield from self._attached(attached, paragraph.page, look, depth)

    def imported(self, element: Element) -> Iterator[Piece]:
        """Yield the content of a document that Word imports at this place."""
        if self._max_imported <= 0:
            return
        self._max_imported -= 1
        data = self._package.stored(attribute(element, "id") or "", "aFChunk") or b""
        if len(data) > self._max_imported_bytes:
            return
        self._max_imported_bytes -= len(data)
        page = self.pages.number
        for block in self._imported(data):
            yield Piece(replace(block, page=page, row_pages=()))

    def plain_text(self, element: Element) -> str:
        """Return the text of a paragraph of a header or footer."""
        return self._reader.read(element).text

    def _own(self, element: Element, paragraph: Paragraph) -> Iterator[Piece]:
        properties, text = child(element, "pPr"), paragraph.text
        all_hidden = not text and any(look.hidden for _, look in paragraph.apart)
        label, depth = ("", 0) if all_hidden else self._label(properties)
        if text:
            block = self._text(properties, paragraph, label, depth)
            yield Piece(block, bold=paragraph.is_bold)
        for apart, look in paragraph.apart:
            shown = apart if text or not label else f"{label} {apart}"
            mark = Mark(0, len(shown), look.hidden, look.struck)
            yield Piece(Block("paragraph", shown, paragraph.page, marks=(mark,)), aside=True)

    def _text(
        self, properties: Element | None, paragraph: Paragraph, label: str, depth: int
    ) -> Block:
        text, page = paragraph.text, paragraph.page
        if properties is None:
            return Block("field" if paragraph.has_control else "paragraph", text, page)
        level = self.styles.heading_level(properties)
        if level:
            numbered = f"{label} {text}" if label and label != BULLET else text
            return Block("heading", numbered, page, level=level)
        if label:
            return Block("list", f"{_INDENT * min(depth, _MAX_INDENT)}{label} {text}", page)
        if self.styles.is_caption(properties):
            return Block("caption", text, page)
        return Block("field" if paragraph.has_control else "paragraph", text, page)

    def _label(self, properties: Element | None) -> tuple[str, int]:
        place = self.styles.list_of(properties) if properties is not None else None
        if place is None:
            return "", 0
        list_id, depth = place
        if depth is None:
            depth = self._numbering.depth(list_id, value(properties, "pStyle"))
        label = self._numbering.label(list_id, depth)
        return label, self.styles.nesting(properties, depth)

    def _attached(self, attached: Attached, page: int, look: Look, depth: int) -> Iterator[Piece]:
        if attached.kind == "box":
            yield from self.container(attached.element, look, depth + 1)
        elif attached.kind == "text" and attached.description:
            yield Piece(Block("paragraph", attached.description, page))
        elif attached.kind == "picture":
            yield from self._picture(attached, page)
        elif attached.kind == "chart":
            yield from self._chart(attached, page)
        elif attached.kind == "relIds":
            yield from self._diagram(attached, page)
        elif attached.kind in ("footnote", "endnote", "comment"):
            text = self._notes.text(attached.kind, attached.reference)
            if text:
                kind: BlockKind = "comment" if attached.kind == "comment" else "paragraph"
                yield Piece(Block(kind, text, page, aside=True), aside=True)

    def _chart(self, attached: Attached, page: int) -> Iterator[Piece]:
        root = self._package.tree(attached.reference, "chart", "chartEx")
        for block in chart_blocks(root, self._options, page) if root is not None else ():
            yield Piece(block, aside=True)

    def _diagram(self, attached: Attached, page: int) -> Iterator[Piece]:
        root = self._package.tree(attached.reference, "diagramData")
        for depth, text in read_diagram(root) if root is not None else ():
            yield Piece(Block("list", f"{_INDENT * depth}{BULLET} {text}", page))

    def _picture(self, attached: Attached, page: int) -> Iterator[Piece]:
        found = self._package.picture(attached.reference) if self._max_pictures > 0 else None
        if found is None:
            return
        self._max_pictures -= 1
        data, extension = found
        yield Piece(Block("image", "", page, image=data, image_ext=extension), aside=True)
        text = attached.description
        if text and not _GENERATED.search(text):
            yield Piece(Block("caption", text, page), aside=True)
