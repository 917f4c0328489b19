"""Reads forms that a PDF holds as XML (XFA) and of which its page says only "Please wait".

Viewers of Adobe build the pages of such a form from its template. Here its values are read with
their labels, in the order of the data, below what the template prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pymupdf
from lxml import etree

from services.extractor.document import Block
from services.extractor.layout.paragraphs import begins_item
from services.extractor.readers.clean import clean
from services.extractor.readers.pdf_fields import labelled

_MAX_PACKET = 16 * 1024 * 1024  # bytes; the template of a long form has two million
_MAX_FIELDS = 5_000  # bounds time and memory for a hostile file
_MAX_LABEL = 300  # characters; a longer one is an instruction
_PACKET = re.compile(r"\((\w{1,20})\)\s{0,4}(\d{1,9}) 0 R")
_DATA = "{http://www.xfa.org/schema/xfa-data/1.0/}data"
_UNSEEN = ("hidden", "invisible", "inactive")
_BLANK = re.compile(r"\s+")


@dataclass
class _Label:
    """The label of a field, and what its stored values are shown as."""

    text: str
    choices: dict[str, str] = field(default_factory=dict)
    checked: str = ""
    """The value of a check box that is checked; "" for other fields."""

    def line(self, value: str) -> str:
        """Return the value with its label as a reader sees it; "" without a label."""
        if not self.text:
            return ""
        if self.checked:
            return f"{'☑' if value == self.checked else '☐'} {self.text}"
        return labelled(self.text, self.choices.get(value, value))


def form_blocks(document: pymupdf.Document) -> list[Block]:
    """Return what a form says that has no pages of its own; [] for any other document.

    A form whose XML can't be read is another document.
    """
    if document.xref_get_key(document.pdf_catalog(), "NeedsRendering")[1] != "true":
        return []
    packets = _packets(document)
    template, datasets = (_parsed(packets.get(name)) for name in ("template", "datasets"))
    if template is None:
        return []
    labels = _labels(template)
    values = list(_values(datasets, labels)) if datasets is not None else []
    printed = list(dict.fromkeys(_printed(template)))
    blocks = [Block("list" if begins_item(text) else "paragraph", text, 1) for text in printed]
    return [*blocks, Block("field", "\n".join(values), 1)] if values else blocks


def _packets(document: pymupdf.Document) -> dict[str, bytes]:
    """Return the parts of the form by name, without those that are too large."""
    kind, array = document.xref_get_key(document.pdf_catalog(), "AcroForm/XFA")
    if kind != "array":
        return {}
    found: dict[str, bytes] = {}
    for name, xref in _PACKET.findall(array):
        if name in ("template", "datasets"):
            stream = document.xref_stream(int(xref)) or b""
            if len(stream) <= _MAX_PACKET:
                found[name] = stream
    return found


def _parsed(packet: bytes | None) -> etree._Element | None:
    if not packet:
        return None
    # Packets use names of packets around them, which do not stand in them.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        return etree.fromstring(packet, parser)
    except etree.XMLSyntaxError:
        return None


def _labels(template: etree._Element) -> dict[tuple[str, str], _Label]:
    """Return labels by the names of a field and of the subform around it, the first of each."""
    labels: dict[tuple[str, str], _Label] = {}
    for element in _named(template, "field", "exclGroup"):
        place = (_outer_name(element), element.get("name") or "")
        if element.get("presence") in _UNSEEN:
            label = _Label("")
        elif _tag(element) == "exclGroup":
            label = _group_label(element)
        else:
            label = _field_label(element)
        labels.setdefault(place, label)
        labels.setdefault(("", place[1]), label)
    return labels


def _named(root: etree._Element, *tags: str) -> Iterator[etree._Element]:
    found = (element for element in root.iter() if _tag(element) in tags)
    for element, _ in zip(found, range(_MAX_FIELDS), strict=False):
        yield element


def _field_label(element: etree._Element) -> _Label:
    label = _Label(_caption(element) or _text(_child(element, "assist", "toolTip")))
    shown: list[str] = []
    for items in (child for child in element if _tag(child) == "items"):
        texts = [_text(item) for item in items]
        if items.get("save") == "1" and shown:
            label.choices = dict(zip(texts, shown, strict=False))
        shown = shown or texts
    if shown and _child(element, "ui", "checkButton") is not None:
        label.checked = shown[0]
    return label


def _group_label(group: etree._Element) -> _Label:
    """Return the label of fields of which one is chosen, and the caption of each value."""
    label = _Label(_caption(group) or _text(_child(group, "assist", "toolTip")))
    for each in (child for child in group if _tag(child) == "field"):
        value, caption = _text(_child(each, "items")), _caption(each)
        if value and caption:
            label.choices.setdefault(value, caption)
    return label


def _values(datasets: etree._Element, labels: Mapping[tuple[str, str], _Label]) -> Iterator[str]:
    """Yield "label: value" for each value that the template knows a label of, in their order."""
    leaves = (
        element
        for data in datasets.iter(_DATA)
        for element in data.iter()
        if len(element) == 0 and _text(element)
    )
    for element, _ in zip(leaves, range(_MAX_FIELDS), strict=False):
        name, value = _tag(element), _text(element)
        label = labels.get((_outer_name(element), name)) or labels.get(("", name))
        if label is not None and (line := label.line(value)):
            yield line


def _printed(template: etree._Element) -> Iterator[str]:
    """Yield the texts that the form prints beside its fields."""
    for element in _named(template, "draw"):
        text = _written(element)
        if any(map(str.isalpha, text)) and not _is_unseen(element):
            yield text


def _written(element: etree._Element, *tags: str) -> str:
    """Return the text of a value, which may be a picture instead."""
    return next(
        filter(None, (_text(_child(element, *tags, "value", kind)) for kind in ("text", "exData"))),
        "",
    )


def _is_unseen(element: etree._Element) -> bool:
    around = (element, *element.iterancestors())
    return any(each.get("presence") in _UNSEEN for each in around)


def _caption(element: etree._Element) -> str:
    text = _written(element, "caption").lstrip("*").rstrip(" :")
    return text[:_MAX_LABEL]


def _child(element: etree._Element, *tags: str) -> etree._Element | None:
    found: etree._Element | None = element
    for tag in tags:
        if found is not None:
            found = next((child for child in found if _tag(child) == tag), None)
    return found


def _outer_name(element: etree._Element) -> str:
    """Return the name of the nearest named subform, or element of the data, around an element."""
    parent = element.getparent()
    while parent is not None and _tag(parent) == "subform" and not parent.get("name"):
        parent = parent.getparent()
    return "" if parent is None else parent.get("name") or _tag(parent)


def _tag(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(element: etree._Element | None) -> str:
    if element is None:
        return ""
    return _BLANK.sub(" ", clean(" ".join(element.itertext()))).strip()
