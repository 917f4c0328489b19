"""Writes a sample as a DOCX with real styles: headings, lists, captions, page fields."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import BaseStyle
from docx.table import _Row
from docx.text.paragraph import Paragraph

from tools.samples.house import ACCENT, COMPANY, INK, MADE_AT, RULE, TINT, Sop, long_date

FONT = "Arial"
TEXT_WIDTH = Cm(17)
# The earliest time that ZIP can store, so that two runs give the same bytes.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass
class Manuscript:
    """Writes one document top to bottom."""

    sop: Sop
    document: Document = field(default_factory=docx.Document)

    def __post_init__(self) -> None:
        _set_up_page(self.document, self.sop)
        _set_up_styles(self.document)
        _drop_thumbnail(self.document)
        self.document.add_paragraph(self.sop.title, style="Title")
        names, values = self.sop.control_block
        self.table([names, values], (0.14, 0.12, 0.19, 0.19, 0.18, 0.18))

    def heading(self, text: str, level: int = 1) -> None:
        self.document.add_heading(text, level)

    def text(self, text: str) -> None:
        self.document.add_paragraph(text)

    def bullets(self, items: Iterable[str]) -> None:
        for item in items:
            self.document.add_paragraph(item, style="List Bullet")

    def steps(self, items: Iterable[str]) -> None:
        """Add a numbered list that starts at 1."""
        numbering = _restarted_numbering(self.document)
        for item in items:
            paragraph = self.document.add_paragraph(item, style="List Number")
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = numbering

    def table(
        self, rows: Sequence[Sequence[str]], shares: Sequence[float], caption: str = ""
    ) -> None:
        """Add a ruled table with a repeated header row; `shares` are fractions of the width."""
        if caption:
            self._caption("Table", caption).paragraph_format.keep_with_next = True
        table = self.document.add_table(len(rows), len(shares), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, share in zip(table.columns, shares, strict=True):
            column.width = int(TEXT_WIDTH * share)
        for number, (row, texts) in enumerate(zip(table.rows, rows, strict=True)):
            _fill(row, texts, header=not number, last=number == len(rows) - 1)
        self.document.add_paragraph().paragraph_format.line_spacing = Pt(6)

    def figure(self, png: bytes, caption: str, description: str) -> None:
        """Add a picture over the full width with a caption below and an alternative text."""
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=TEXT_WIDTH)
        shape._inline.docPr.set("descr", description)
        for side in "TBLR":
            shape._inline.set(f"dist{side}", "0")
        self._caption("Figure", caption)

    def save(self) -> bytes:
        _stamp(self.document, self.sop)
        buffer = io.BytesIO()
        self.document.save(buffer)
        return _without_clock(buffer.getvalue())

    def _caption(self, label: str, text: str) -> Paragraph:
        """Add a caption such as `Table 1 …`, with a number field that word processors update."""
        said = sum(p.text.startswith(f"{label} ") for p in self._captions())
        paragraph = self.document.add_paragraph(f"{label} ", style="Caption")
        _add_field(paragraph, f"SEQ {label} \\* ARABIC", str(said + 1))
        paragraph.add_run(f" {text}")
        return paragraph

    def _captions(self) -> Iterable[Paragraph]:
        return (p for p in self.document.paragraphs if p.style and p.style.name == "Caption")


def _set_up_page(document: Document, sop: Sop) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(2.5), Cm(2.3)
    header = section.header.paragraphs[0]
    header.text = f"{COMPANY}\t{sop.number} · {sop.title}"
    footer = section.footer.paragraphs[0]
    footer.text = (
        f"{sop.number} · Version {sop.version} · Effective {long_date(sop.effective)}"
        "\tPrinted copies are uncontrolled · Page "
    )
    _add_field(footer, "PAGE", "1")
    footer.add_run(" of ")
    _add_field(footer, "NUMPAGES", "2")


def _set_up_styles(document: Document) -> None:
    ink, accent = (RGBColor.from_string(colour[1:].upper()) for colour in (INK, ACCENT))
    looks = {
        "Normal": (10.5, ink, 0, 5),
        "Title": (20, accent, 0, 8),
        "Heading 1": (13, accent, 10, 3),
        "Heading 2": (11, ink, 7, 2),
        "List Bullet": (10.5, ink, 0, 2),
        "List Number": (10.5, ink, 0, 2),
        "Caption": (9.5, accent, 4, 4),
        "Header": (8.5, ink, 0, 0),
        "Footer": (8.5, ink, 0, 0),
    }
    for name, (size, colour, before, after) in looks.items():
        style = document.styles[name]
        _replace_theme_font(style)
        style.font.size, style.font.color.rgb = Pt(size), colour
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(after)
    for border in document.styles["Table Grid"].element.find(f".//{qn('w:tblBorders')}"):
        border.set(qn("w:color"), RULE[1:])
    title = document.styles["Title"]
    title.font.bold = True
    title.element.pPr.remove(title.element.pPr.find(qn("w:pBdr")))
    for name in ("Header", "Footer"):
        stops = document.styles[name].paragraph_format.tab_stops
        stops.clear_all()
        stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)


def _replace_theme_font(style: BaseStyle) -> None:
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)


def _drop_thumbnail(document: Document) -> None:
    """Remove the preview picture of python-docx's template."""
    relations = document.part.package.rels
    for key in [k for k, relation in relations.items() if relation.reltype.endswith("thumbnail")]:
        del relations[key]


def _restarted_numbering(document: Document) -> int:
    """Return the id of a new numbering in the style `List Number` that starts at 1."""
    style = document.styles["List Number"].element
    numbering = document.part.numbering_part.element
    number = numbering.num_having_numId(style.pPr.numPr.numId.val)
    restarted = numbering.add_num(number.abstractNumId.val)
    restarted.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(restarted.numId)


def _fill(row: _Row, texts: Sequence[str], *, header: bool, last: bool) -> None:
    """Write one row that is kept whole and on one page with the next row."""
    properties = row._tr.get_or_add_trPr()
    _add(properties, "w:cantSplit")
    if header:
        _add(properties, "w:tblHeader")
    for cell, text, column in zip(row.cells, texts, row.table.columns, strict=True):
        cell.width = column.width
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(text)
        run.font.size, run.font.bold = Pt(9), header
        layout = paragraph.paragraph_format
        layout.space_before, layout.space_after, layout.keep_with_next = Pt(2), Pt(2), not last
        if header:
            _add(cell._tc.get_or_add_tcPr(), "w:shd", val="clear", color="auto", fill=TINT[1:])


def _add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Add a field with its last result, as a word processor writes it."""
    _add(paragraph.add_run()._r, "w:fldChar", fldCharType="begin")
    _add(paragraph.add_run()._r, "w:instrText").text = f" {instruction} "
    _add(paragraph.add_run()._r, "w:fldChar", fldCharType="separate")
    paragraph.add_run(shown)
    _add(paragraph.add_run()._r, "w:fldChar", fldCharType="end")


def _add(parent: BaseOxmlElement, tag: str, **attributes: str) -> BaseOxmlElement:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    parent.append(element)
    return element


def _stamp(document: Document, sop: Sop) -> None:
    properties = document.core_properties
    properties.title = f"{sop.number} {sop.title}"
    properties.subject = "Standard operating procedure"
    properties.author = properties.last_modified_by = COMPANY
    properties.comments = properties.keywords = ""
    properties.created = properties.modified = MADE_AT
    properties.revision = 1


def _without_clock(content: bytes) -> bytes:
    """Return the archive with a fixed time in all entries."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as timed,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as timeless,
    ):
        for entry in timed.infolist():
            timeless.writestr(
                zipfile.ZipInfo(entry.filename, ZIP_EPOCH),
                timed.read(entry),
                zipfile.ZIP_DEFLATED,
            )
    return buffer.getvalue()
