"""Streams XML without entities or network access, and finds elements by their local names.

Office programs write the same elements in several sets of namespaces, so namespaces are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

Element = Any
"""An lxml element; lxml has no type annotations."""

_WRAPPERS = ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")
_MAX_DIGITS = 9  # of a number; Python refuses to read one of thousands


def stream(part: IO[bytes], *names: str) -> Iterator[Element]:
    """Yield elements with these names as they end; raises XMLSyntaxError for malformed XML."""
    tags = tuple("{*}" + name for name in names)
    for _, element in etree.iterparse(
        part, events=("end",), tag=tags, resolve_entities=False, no_network=True, huge_tree=False
    ):
        yield element


def tree(part: IO[bytes]) -> Element | None:
    """Return the root of a small part, read as a whole; None if it is malformed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.parse(part, parser).getroot()
    except etree.XMLSyntaxError as broken:
        if broken.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from broken
        return None


def local(element: Element) -> str:
    """Return an element's name without namespace; "" for a comment or instruction."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """Return the attribute with this local name, or None."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first descendant along a path of child names, or None."""
    for name in path:
        if element is None:
            return None
        element = next(element.iterchildren("{*}" + name), None)
    return element


def children(element: Element | None, *path: str) -> list[Element]:
    """Return the children of the first descendant along a path of child names."""
    found = child(element, *path)
    return [] if found is None else list(found)


def value(element: Element | None, *path: str) -> str | None:
    """Return the `val` of the first descendant along a path of child names, or None."""
    found = child(element, *path)
    return None if found is None else attribute(found, "val")


def number(element: Element | None, *path: str) -> int | None:
    """Return `value` as a non-negative integer, or None."""
    found = value(element, *path)
    return int(found) if found and found.isdecimal() and len(found) <= _MAX_DIGITS else None


def parts_of(holder: Element, *names: str) -> Iterator[Element]:
    """Yield the children with these names, also those in content controls and insertions."""
    for inner in holder:
        name = local(inner)
        if name in names:
            yield inner
        elif name in _WRAPPERS:
            yield from parts_of(inner, *names)
        elif name == "AlternateContent":
            yield from parts_of(chosen(inner), *names)


def chosen(alternatives: Element) -> Element:
    """Return the one of several contents that Word shows: the first that is not a fallback."""
    return next(iter(alternatives), alternatives)


def drawn_text(holder: Element) -> str:
    """Return the paragraphs of a text in a drawing, with a space between them."""
    return " ".join(
        "".join(each.text or "" for each in paragraph.iter("{*}t"))
        for paragraph in holder.iter("{*}p")
    )


def release(element: Element) -> None:
    """Free the memory of an element that has been read and of its preceding siblings."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def is_nested(element: Element, *inside: str) -> bool:
    """Return whether an ancestor of the element has one of these names."""
    return next(element.iterancestors(*("{*}" + name for name in inside)), None) is not None
