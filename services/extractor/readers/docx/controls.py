"""Reads the form fields of a DOCX: check boxes and drop-down lists."""

from __future__ import annotations

from services.extractor.readers.docx.symbols import CHECKED, UNCHECKED
from services.extractor.readers.xml import Element, attribute, child, local, number

_OFF = ("0", "false", "off")


def control_box(control: Element) -> str:
    """Return the sign of a content control that is a check box; "" of another one."""
    box = child(control, "sdtPr", "checkbox")
    return "" if box is None else _sign(child(box, "checked"))


def field_value(start: Element) -> str:
    """Return the value of a legacy form field, at the `fldChar` that begins it; "" if it has none.

    The value of a text field is the text of the runs that follow.
    """
    data = child(start, "ffData")
    box = child(data, "checkBox")
    if box is not None:
        checked = child(box, "checked")
        return _sign(child(box, "default") if checked is None else checked)
    choices = child(data, "ddList")
    if choices is None:
        return ""
    entries = [attribute(each, "val") or "" for each in choices if local(each) == "listEntry"]
    at = number(choices, "result") or 0
    return entries[at] if at < len(entries) else ""


def _sign(checked: Element | None) -> str:
    if checked is None or attribute(checked, "val") in _OFF:
        return UNCHECKED
    return CHECKED
