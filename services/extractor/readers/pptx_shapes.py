"""Reads the shapes of a slide in their order, which is that of a screen reader."""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.document import Block, ReadOptions
from services.extractor.readers import grid, pictures
from services.extractor.readers.charts import chart_blocks
from services.extractor.readers.clean import clean
from services.extractor.readers.docx.diagrams import read_diagram
from services.extractor.readers.office import OfficePackage
from services.extractor.readers.paragraph_text import apart_blocks
from services.extractor.readers.pptx_text import Line, lines_of
from services.extractor.readers.xml import Element, attribute, child, children, local

_TITLES = ("title", "ctrTitle")
_FRAME = ("dt", "ftr", "sldNum", "hdr")  # date, footer and number, the same on every slide
_INDENT = "  "
_MAX_PICTURE_BYTES = 32 * 1024 * 1024  # bounds the memory for one picture file
_MAX_REPEATED = 200  # characters of a merged cell that is repeated


class Shapes:
    """Yields the blocks of the shapes of one slide."""

    def __init__(
        self,
        package: OfficePackage,
        slide: str,
        number: int,
        options: ReadOptions,
        max_pictures: int,
    ) -> None:
        self._package = package
        self._relations = package.relations(slide)
        self._number = number
        self._options = options
        self._max_pictures = max_pictures

    def blocks(self, tree: Element | None) -> Iterator[Block]:
        """Yield the blocks of all shapes in a tree of shapes and groups."""
        for shape in tree.iter("{*}sp", "{*}graphicFrame", "{*}pic") if tree is not None else ():
            if any(local(above) == "Fallback" for above in shape.iterancestors()):
                continue
            name = local(shape)
            if name == "sp":
                yield from self._text(shape)
            elif name == "pic":
                yield from self._picture(shape)
            else:
                yield from self._frame(shape)

    def _text(self, shape: Element) -> Iterator[Block]:
        place = child(shape, "nvSpPr", "nvPr", "ph")
        kind = (attribute(place, "type") or "obj") if place is not None else ""
        if kind in _FRAME:
            return
        lines = list(lines_of(child(shape, "txBody")))
        if kind in _TITLES and lines:
            title = " ".join(" ".join(line.text for line in lines).split())
            yield Block("heading", title, self._number, level=1)
            return
        # The layout of a slide gives its texts bullets, unless one paragraph is all there is.
        usual = "•" if kind in ("obj", "body") and len(lines) > 1 else ""
        for line in lines:
            if line.text:
                yield self._line(line, usual if line.label is None else line.label)
            yield from apart_blocks(line.apart, self._number)

    def _line(self, line: Line, label: str) -> Block:
        if not label and not line.level:
            return Block("paragraph", line.text, self._number)
        start = _INDENT * line.level + (f"{label} " if label else "")
        return Block("list", start + line.text, self._number)

    def _frame(self, frame: Element) -> Iterator[Block]:
        for element in children(frame, "graphic", "graphicData"):
            name = local(element)
            if name == "tbl":
                yield from self._table(element)
            elif name == "chart" and (path := self._target(element, "id")):
                yield from chart_blocks(self._package.tree(path), self._options, self._number)
            elif name == "relIds" and (path := self._target(element, "dm")):
                yield from self._diagram(path)

    def _table(self, table: Element) -> Iterator[Block]:
        above: dict[int, str] = {}
        rows: list[grid.Row] = []
        for row in table:
            if local(row) == "tr":
                cells = [cell for cell in row if local(cell) == "tc"]
                rows.append(tuple(_cells(cells, above)))
        properties = child(table, "tblPr")
        named = properties is not None and attribute(properties, "firstRow") in ("1", "true")
        heads = grid.header_rows(rows) if named else 0
        header = grid.merged_header(rows[:heads])
        if any(header) and len(rows) > heads:
            yield from grid.tables(rows[heads:], header, self._options, page=self._number)
        else:
            yield from grid.parts(rows, page=self._number)

    def _diagram(self, path: str) -> Iterator[Block]:
        """Yield the texts of a diagram (SmartArt) as items."""
        for depth, text in read_diagram(self._package.tree(path)):
            yield Block("list", f"{_INDENT * depth}• {' '.join(text.split())}", self._number)

    def _picture(self, shape: Element) -> Iterator[Block]:
        """Yield a picture that is described, and its description."""
        properties = child(shape, "nvPicPr", "cNvPr")
        described = clean(attribute(properties, "descr") or "") if properties is not None else ""
        blip = child(shape, "blipFill", "blip")
        path = self._target(blip, "embed") if blip is not None else None
        if not described.strip():
            return
        if path and self._max_pictures > 0:
            with self._package.open(path) as file:
                data = file.read(_MAX_PICTURE_BYTES + 1)
            picture = pictures.from_file(data) if len(data) <= _MAX_PICTURE_BYTES else None
            if picture is not None:
                self._max_pictures -= 1
                yield Block("image", "", self._number, image=picture[0], image_ext=picture[1])
        yield Block("caption", " ".join(described.split()), self._number)

    def _target(self, element: Element, name: str) -> str | None:
        """Return the path of the part that an attribute refers to, if the archive has it."""
        relation = self._relations.get(attribute(element, name) or "")
        return relation.path if relation and self._package.has(relation.path) else None


def _cells(cells: list[Element], above: dict[int, str]) -> Iterator[str]:
    """Yield the texts of a row; a merged cell is repeated in all rows and columns it covers."""
    last = ""
    for column, cell in enumerate(cells):
        text = "\n".join(line.text for line in lines_of(child(cell, "txBody")))
        if attribute(cell, "hMerge") in ("1", "true"):
            text = last
        elif attribute(cell, "vMerge") in ("1", "true"):
            text = above.get(column, "")
        last = above[column] = text if len(text) <= _MAX_REPEATED else ""
        yield text
