"""Reads the text of DOCX paragraphs and tables with their notes, text boxes and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.extractor.document import Mark
from services.extractor.readers.clean import clean
from services.extractor.readers.docx_marks import SEEN, Look, look_of, marks_of
from services.extractor.readers.docx_xml import HIDDEN, Element, attribute, child, local, number

_BREAKS = {"tab": " ", "cr": "\n", "noBreakHyphen": "-", "ptab": " "}
_NOTES = frozenset({"footnoteReference", "endnoteReference", "commentReference"})
_WRAPPERS = ("sdt", "sdtContent", "customXml", "ins", "smartTag")
_MAX_TABLE_DEPTH = 8  # nested tables; deeper ones are read as plain text, which bounds recursion


@dataclass(slots=True)
class Paragraph:
    """A paragraph's text and the page on which it begins.

    `notes` are (kind, id), `pictures` are (relationship id, description), and `boxes` are the
    contents of text boxes. `marks` are hidden or struck stretches of the text.
    """

    text: str = ""
    page: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    marks: tuple[Mark, ...] = ()


class Pages:
    """Counts pages by the breaks in a document.

    Word also records its own break right after one that the author set; both count as one.
    """

    def __init__(self) -> None:
        self.number = 1
        self.of_text: int | None = None
        """Page of the first text since this was last set to None."""
        self._fresh = True

    def author_break(self) -> None:
        """Count a page break that the author set."""
        self.number += 1
        self._fresh = True

    def rendered_break(self) -> None:
        """Count a recorded page break, unless the page is still empty."""
        if not self._fresh:
            self.author_break()

    def mark_text(self) -> None:
        """Note that the current page has text."""
        self._fresh = False
        self.of_text = self.of_text or self.number


def read_paragraph(element: Element, pages: Pages) -> Paragraph:
    """Return the content of one paragraph and count its page breaks on `pages`."""
    found = Paragraph()
    parts: list[str] = []
    looks: list[Look] = []
    if child(element, "pPr", "pageBreakBefore") is not None:
        pages.rendered_break()
    for inner in _visible(element):
        text = _text_of(inner, pages)
        if text.strip():
            pages.mark_text()
            found.page = found.page or pages.number
        parts.append(text)
        looks.append(look_of(inner) if text else SEEN)
        _attach(inner, found)
    found.text = _tidy("".join(parts))
    if any(looks):
        found.marks = marks_of(found.text, parts, looks)
    found.page = found.page or pages.number
    if child(element, "pPr", "sectPr") is not None and _starts_page(element):
        pages.author_break()
    return found


def _text_of(element: Element, pages: Pages) -> str:
    name = local(element)
    if name == "t":
        return element.text or ""
    if name == "lastRenderedPageBreak":
        pages.rendered_break()
    elif name == "br" and attribute(element, "type") == "page":
        pages.author_break()
    elif name == "br":
        return "\n"
    return _BREAKS.get(name, "")


def _attach(element: Element, found: Paragraph) -> None:
    """Add the note, text box or picture that `element` stands for to `found`."""
    name = local(element)
    if name in _NOTES:
        found.notes.append((name.removesuffix("Reference"), attribute(element, "id") or ""))
    elif name == "txbxContent":
        found.boxes.append(element)
    elif name in ("blip", "imagedata"):
        found.pictures.append((_relation(element), _description(element)))


@dataclass(slots=True)
class Found:
    """Collects what the cells of a table have beside their texts: pictures and marks."""

    pictures: list[tuple[str, str]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def read_row(row: Element, pages: Pages, found: Found) -> tuple[str, ...]:
    """Return the cells of a table row; a merged cell has its text once and is empty elsewhere."""
    cells = [""] * (number(row, "trPr", "gridBefore") or 0)
    for cell in _parts(row, "tc"):
        properties = child(cell, "tcPr")
        merge = child(properties, "vMerge")
        continued = merge is not None and attribute(merge, "val") in (None, "continue")
        text = cell_text(cell, pages, found)
        cells.append("" if continued else text)
        span = number(properties, "gridSpan") or 1
        cells += [""] * (min(span, 200) - 1)  # Word allows 63 columns
    return tuple(cells)


def cell_text(cell: Element, pages: Pages, found: Found, depth: int = 0) -> str:
    """Return the paragraphs of a cell and of the tables in it as one text."""
    texts: list[str] = []
    for inner in _parts(cell, "p", "tbl"):
        if local(inner) == "p":
            paragraph = read_paragraph(inner, pages)
            found.pictures += paragraph.pictures
            found.marks += paragraph.marks
            texts.append(paragraph.text)
            texts += [cell_text(box, pages, found, depth + 1) for box in paragraph.boxes]
        elif local(inner) == "tbl" and depth >= _MAX_TABLE_DEPTH:
            texts += [read_paragraph(p, pages).text for p in inner.iter("{*}p")]
        elif local(inner) == "tbl":
            for row in _parts(inner, "tr"):
                inside = (cell_text(part, pages, found, depth + 1) for part in _parts(row, "tc"))
                texts.append(", ".join(text for text in inside if text))
    return "\n".join(text for text in texts if text)


def _visible(element: Element) -> Iterator[Element]:
    """Yield descendants in order, without hidden parts and the contents of text boxes."""
    for inner in element:
        name = local(inner)
        if name in HIDDEN or not name:
            continue
        yield inner
        if name not in ("txbxContent", "pPr"):
            yield from _visible(inner)


def _parts(holder: Element, *names: str) -> Iterator[Element]:
    """Yield the children with these names, also those in content controls and insertions."""
    for inner in holder:
        name = local(inner)
        if name in names:
            yield inner
        elif name in _WRAPPERS:
            yield from _parts(inner, *names)


def _starts_page(paragraph: Element) -> bool:
    kind = child(paragraph, "pPr", "sectPr", "type")
    return kind is None or attribute(kind, "val") not in ("continuous", "nextColumn")


def _relation(picture: Element) -> str:
    """Return the relationship id of a picture; "" for a linked one, which is never fetched."""
    name = "embed" if local(picture) == "blip" else "id"
    return attribute(picture, name) or ""


def _description(picture: Element) -> str:
    """Return the alternative text of a picture, or ""."""
    for above in picture.iterancestors():
        if local(above) in ("inline", "anchor"):
            properties = child(above, "docPr")
            return clean(attribute(properties, "descr") or "") if properties is not None else ""
        if local(above) == "p":
            break
    return ""


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    return "\n".join(line for line in lines if line)
