"""WordprocessingML as a stream: no entities, no network, names without their namespaces.

Word writes the same elements in two sets of namespaces; only the local names matter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

Element = Any
"""An element of lxml, which has no types of its own."""

HIDDEN = frozenset({"del", "moveFrom", "Fallback", "instrText", "delText", "rPr"})
"""Parts of a paragraph that are not its text: deleted, a copy for old readers, a field's code."""


def stream(part: IO[bytes], *names: str) -> Iterator[Element]:
    """Elements of these names as they end. Raises XMLSyntaxError for what is not well-formed."""
    tags = tuple("{*}" + name for name in names)
    for _, element in etree.iterparse(
        part, events=("end",), tag=tags, resolve_entities=False, no_network=True, huge_tree=False
    ):
        yield element


def local(element: Element) -> str:
    """The name of an element without its namespace; "" for a comment or instruction."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: Element | None, *path: str) -> Element | None:
    """The first descendant along a path of child names."""
    for name in path:
        if element is None:
            return None
        element = next((inner for inner in element if local(inner) == name), None)
    return element


def value(element: Element | None, *path: str) -> str | None:
    """The `val` of the first descendant along a path of child names."""
    found = child(element, *path)
    return None if found is None else attribute(found, "val")


def number(element: Element | None, *path: str) -> int | None:
    found = value(element, *path)
    return int(found) if found is not None and found.isdigit() else None


def release(element: Element) -> None:
    """Give back the memory of an element that has been read, and of what came before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def is_nested(element: Element, *inside: str) -> bool:
    """True if an ancestor of the element has one of these names."""
    return any(local(above) in inside for above in element.iterancestors())
