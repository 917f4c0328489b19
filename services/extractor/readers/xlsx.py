"""Reads workbooks sheet by sheet, row by row: values as they are shown, merged cells repeated.

Source: ECMA-376 part 1, 18 (SpreadsheetML).
"""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers import hiding
from services.extractor.readers.clean import clean
from services.extractor.readers.office import OfficePackage, opened
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source
from services.extractor.readers.xlsx_cells import Cells, Sheet
from services.extractor.readers.xlsx_regions import regions
from services.extractor.readers.xml import Element, attribute, child, children, local
from shared.domain.errors import UnsupportedType

_MAIN = "xl/workbook.xml"
_ON = ("1", "true")


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1; each sheet begins with its name as a heading."""
    with opened(source, limits, main=_MAIN) as package:
        yield from slices(_blocks(package, options))


def _blocks(package: OfficePackage, options: ReadOptions) -> Iterator[Block]:
    main = package.main(_MAIN)
    if main.endswith(".bin"):
        raise UnsupportedType("A binary workbook (.xlsb) can't be read; save it as .xlsx.")
    book = package.tree(main)
    properties = child(book, "workbookPr")
    from_1904 = properties is not None and attribute(properties, "date1904") in _ON
    cells = Cells(package, main, from_1904=from_1904)
    relations = package.relations(main)
    for entry in children(book, "sheets"):
        identity = next((v for k, v in entry.attrib.items() if str(k).endswith("}id")), "")
        relation = relations.get(identity)
        if relation is None or not package.has(relation.path):
            continue
        name = " ".join(clean(attribute(entry, "name") or "").split())
        hidden = attribute(entry, "state") in ("hidden", "veryHidden")
        yield from _sheet(package, Sheet(relation.path, name, hidden), cells, options)


def _sheet(
    package: OfficePackage, sheet: Sheet, cells: Cells, options: ReadOptions
) -> Iterator[Block]:
    named = False
    for block in regions(cells.rows(sheet), options):
        if not named and sheet.name:
            yield Block("heading", sheet.name, None, level=1)
        named = True
        yield hiding.hidden(block) if sheet.hidden else block
    comments = package.related(sheet.path, "comments")
    for comment in package.tree(comments).iter("{*}comment") if comments else ():
        text = _plain(comment)
        if text:
            yield Block("comment", f"Comment on {attribute(comment, 'ref') or ''}: {text}", None)


def _plain(comment: Element) -> str:
    texts = (clean(text.text or "") for text in comment.iter() if local(text) == "t")
    return " ".join("".join(texts).split())
