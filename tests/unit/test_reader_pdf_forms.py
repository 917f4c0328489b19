"""Forms: labels with their values, check boxes, and forms that a PDF holds as XML."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from services.extractor.document import Block, ReaderLimits, ReadOptions
from services.extractor.readers import pdf

TEMPLATE = """<template xmlns="http://www.xfa.org/schema/xfa-template/2.8/"><subform name="form1">
<draw><value><text>Application to sponsor</text></value></draw>
<draw><value><text>c) Date of birth</text></value></draw>
<draw presence="hidden"><value><text>Press F5</text></value></draw>
<draw><value><image>iVBORw0KGgo</image></value></draw>
<subform name="person"><field name="Name"><caption><value><text>*Family name:</text></value>
</caption></field>
<field name="Language"><assist><toolTip>Language</toolTip></assist>
<items><text>English</text><text>French</text></items><items save="1"><text>1</text>
<text>2</text></items></field>
<field name="Abroad"><ui><checkButton/></ui><caption><value><text>Lives abroad</text></value>
</caption><items><integer>1</integer><integer>0</integer></items></field>
<exclGroup name="Signed"><assist><toolTip>Is there a co-signer?</toolTip></assist>
<field name="No"><items><text>N</text></items><caption><value><text>No</text></value></caption>
</field></exclGroup></subform></subform></template>"""
DATA = """<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><lists><Name>x</Name>
</lists><xfa:data><form1><person><Name>Euler</Name><Language>2</Language><Abroad>1</Abroad>
<Signed>N</Signed><Secret>7</Secret></person></form1></xfa:data></xfa:datasets>"""


def blocks(path: Path) -> list[Block]:
    pages = pdf.read(path, ReadOptions("pdf", ""), ReaderLimits())
    return [block for page in pages for block in page.blocks]


def add(page: pymupdf.Page, kind: int, box: tuple[float, ...], value: object, label: str) -> None:
    widget = pymupdf.Widget()
    widget.field_type, widget.field_name = kind, f"f{box}"
    widget.rect, widget.field_value = pymupdf.Rect(box), value
    if label:
        widget.field_label = label
    page.add_widget(widget)


def text_field(page: pymupdf.Page, box: tuple[float, ...], value: str, label: str = "") -> None:
    add(page, pymupdf.PDF_WIDGET_TYPE_TEXT, box, value, label)  # type: ignore[attr-defined]


def check_box(page: pymupdf.Page, box: tuple[float, ...], *, on: bool) -> None:
    add(page, pymupdf.PDF_WIDGET_TYPE_CHECKBOX, box, on, "")  # type: ignore[attr-defined]


@pytest.mark.parametrize("rotation", [0, 90])
def test_values_stand_with_the_labels_above_them_or_of_their_own(
    tmp_path: Path, rotation: int
) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((80, 100), "First name", fontsize=8)
    page.insert_text((280, 100), "Last name", fontsize=8)
    text_field(page, (80, 103, 250, 117), "Leonhard")
    text_field(page, (280, 103, 450, 117), "Euler")
    text_field(page, (80, 303, 250, 317), "Basel", "Place of birth")
    page.set_rotation(rotation)
    document.save(tmp_path / "f.pdf")
    (form,) = [block for block in blocks(tmp_path / "f.pdf") if block.kind == "field"]
    assert form.text.split("\n") == [
        "First name: Leonhard",
        "Last name: Euler",
        "Place of birth: Basel",
    ]


def test_a_value_that_is_printed_beside_its_label_is_read_once(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((80, 113), "Name:")
    text_field(page, (120, 102, 250, 117), "Euler")
    document.save(tmp_path / "f.pdf")
    texts = " ".join(block.text for block in blocks(tmp_path / "f.pdf"))
    assert texts.count("Euler") == 1
    assert "Name: Euler" in texts


def test_check_boxes_in_a_table_and_right_of_their_text_are_read(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page()
    for x in (70, 230, 390):
        page.draw_line((x, 80), (x, 140))
    for y in (80, 110, 140):
        page.draw_line((70, y), (390, y))
    for at, text in enumerate(("Single", "Married", "Widowed", "Divorced")):
        x, y = 90 + 160 * (at % 2), 100 + 30 * (at // 2)
        page.insert_text((x, y), text)
        check_box(page, (x - 12, y - 9, x - 3, y), on=at == 1)
    page.insert_text((80, 300), "Check here")
    check_box(page, (150, 290, 160, 300), on=True)
    document.save(tmp_path / "f.pdf")
    found = blocks(tmp_path / "f.pdf")
    (table,) = [block.rows for block in found if block.rows]
    assert table == (("☐ Single", "☑ Married"), ("☐ Widowed", "☐ Divorced"))
    assert "Check here ☑" in [block.text for block in found]


def write_xfa(path: Path, template: str, data: str) -> Path:
    document = pymupdf.open()
    document.new_page().insert_text((80, 100), "Please wait...")
    places = []
    for name, packet in (("template", template), ("datasets", data)):
        xref = document.get_new_xref()
        document.update_object(xref, "<<>>")
        document.update_stream(xref, packet.encode())
        places.append(f"({name}) {xref} 0 R")
    catalog = document.pdf_catalog()
    form = document.get_new_xref()
    document.update_object(form, f"<</Fields [] /XFA [{' '.join(places)}]>>")
    document.xref_set_key(catalog, "AcroForm", f"{form} 0 R")
    document.xref_set_key(catalog, "NeedsRendering", "true")
    document.save(path)
    return path


def test_a_form_of_xml_is_read_instead_of_the_page_that_asks_to_wait(tmp_path: Path) -> None:
    found = blocks(write_xfa(tmp_path / "f.pdf", TEMPLATE, DATA))
    assert [(block.kind, block.text) for block in found] == [
        ("paragraph", "Application to sponsor"),
        ("list", "c) Date of birth"),
        (
            "field",
            "Family name: Euler\nLanguage: French\n☑ Lives abroad\nIs there a co-signer? No",
        ),
    ]


def test_a_form_whose_xml_is_broken_keeps_its_page(tmp_path: Path) -> None:
    found = blocks(write_xfa(tmp_path / "f.pdf", "", "<a"))
    assert [block.text for block in found] == ["Please wait..."]


def test_a_title_in_larger_type_in_the_first_row_of_a_table_is_a_heading(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page()
    for at in range(12):
        page.insert_text((72, 500 + 14 * at), f"Line {at} of quite ordinary words", fontsize=11)
    for y in (80, 105, 125, 145):
        page.draw_line((70, y), (390, y))
    page.draw_line((70, 80), (70, 145))
    page.draw_line((390, 80), (390, 145))
    page.draw_line((230, 105), (230, 145))
    page.insert_text((75, 98), "Owner and operator", fontsize=13, fontname="hebo")
    for at, text in enumerate(("Make:", "Cessna", "Model:", "210")):
        page.insert_text((75 + 160 * (at % 2), 119 + 20 * (at // 2)), text, fontsize=8)
    document.save(tmp_path / "f.pdf")
    first, second = blocks(tmp_path / "f.pdf")[:2]
    assert (first.kind, first.text) == ("heading", "Owner and operator")
    assert second.rows == (("Make:", "Cessna"), ("Model:", "210"))
