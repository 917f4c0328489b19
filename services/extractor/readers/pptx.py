"""Reads presentations slide by slide: title, text, tables, charts, pictures, then the notes."""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers import hiding
from services.extractor.readers.office import OfficePackage, opened
from services.extractor.readers.pptx_shapes import Shapes
from services.extractor.readers.pptx_text import lines_of
from services.extractor.readers.source import Source
from services.extractor.readers.xml import Element, attribute, child, children, local
from shared.domain.errors import TooManyPages

_MAIN = "ppt/presentation.xml"
_EMU_PER_POINT = 12_700


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield one page for each slide; hidden slides are marked as hidden."""
    with opened(source, limits, main=_MAIN) as package:
        main = package.main(_MAIN)
        root = package.tree(main)
        width, height = _size(root)
        slides = _slides(package, main, root)
        if len(slides) > limits.max_pages:
            raise TooManyPages()
        max_pictures = 0 if options.strict else limits.max_images
        for number, slide in enumerate(slides, 1):
            if number >= options.first_page:
                blocks = tuple(_slide(package, slide, number, options, max_pictures))
                max_pictures -= sum(block.image is not None for block in blocks)
                yield Page(number, blocks, width, height, count=len(slides))
        if not slides:
            yield Page(1, count=1)


def _size(root: Element) -> tuple[float, float]:
    size = child(root, "sldSz")
    sides = [attribute(size, name) if size is not None else None for name in ("cx", "cy")]
    if not all(side and side.isascii() and side.isdigit() and len(side) < 10 for side in sides):
        return 0.0, 0.0
    width, height = (int(side or 0) / _EMU_PER_POINT for side in sides)
    return width, height


def _slides(package: OfficePackage, main: str, root: Element) -> list[str]:
    """Return the paths of the slides in the order in which they are shown."""
    relations = package.relations(main)
    found: list[str] = []
    for entry in children(root, "sldIdLst"):
        identities = [value for key, value in entry.attrib.items() if key.endswith("}id")]
        relation = relations.get(identities[0]) if identities else None
        if relation is not None and package.has(relation.path):
            found.append(relation.path)
    return found


def _slide(
    package: OfficePackage, path: str, number: int, options: ReadOptions, max_pictures: int
) -> Iterator[Block]:
    root = package.tree(path)
    shapes = Shapes(package, path, number, options, max_pictures)
    blocks = list(shapes.blocks(child(root, "cSld", "spTree")))
    titles = [block for block in blocks if block.kind == "heading"]
    rest = [block for block in blocks if block.kind != "heading"]
    hidden = attribute(root, "show") in ("0", "false")
    for block in (*titles, *rest, *_notes(package, path, number)):
        yield hiding.hidden(block) if hidden else block


def _notes(package: OfficePackage, slide: str, number: int) -> Iterator[Block]:
    """Yield the speaker's notes of a slide."""
    path = package.related(slide, "notesSlide")
    if path is None:
        return
    for shape in children(package.tree(path), "cSld", "spTree"):
        if local(shape) == "sp" and _is_notes_body(shape):
            text = "\n".join(line.text for line in lines_of(child(shape, "txBody")) if line.text)
            if text:
                yield Block("paragraph", f"Notes: {text}", number)


def _is_notes_body(shape: Element) -> bool:
    place = child(shape, "nvSpPr", "nvPr", "ph")
    return place is not None and attribute(place, "type") == "body"
