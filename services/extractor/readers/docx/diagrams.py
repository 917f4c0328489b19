"""Reads the texts of a SmartArt diagram as a list, nested as in the diagram's text pane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from services.extractor.readers.clean import clean
from services.extractor.readers.xml import Element, attribute, child, drawn_text, local

_MAX_DEPTH = 8
_MAX_ITEMS = 2_000
_OTHER_LINKS = ("presOf", "presParOf", "unknownRelationship")  # to shapes, which repeat the text


def read_diagram(root: Element) -> Iterator[tuple[int, str]]:
    """Yield the depth, from 0, and the text of each item."""
    points = {attribute(each, "modelId"): each for each in _children(root, "ptLst")}
    below: dict[str | None, list[tuple[int, str | None]]] = defaultdict(list)
    for link in _children(root, "cxnLst"):
        if attribute(link, "type") not in _OTHER_LINKS:
            order = attribute(link, "srcOrd") or "0"
            place = int(order) if order.isdecimal() and len(order) < 9 else 0
            below[attribute(link, "srcId")].append((place, attribute(link, "destId")))
    top = [key for key, point in points.items() if attribute(point, "type") == "doc"]
    held = [(0, key) for key in reversed(top)]
    seen: set[str | None] = set()
    while held and len(seen) < _MAX_ITEMS:
        depth, key = held.pop()
        if key in seen or key not in points:
            continue
        seen.add(key)
        text = _text(points[key])
        if text:
            yield depth, text
        inner = depth + bool(text)
        following = sorted(below[key], key=lambda each: each[0], reverse=True)
        held += [(min(inner, _MAX_DEPTH), identity) for _, identity in following]


def _children(root: Element, name: str) -> Iterator[Element]:
    holder = child(root, name)
    for each in holder if holder is not None else ():
        if local(each) in ("pt", "cxn"):
            yield each


def _text(point: Element) -> str:
    body = child(point, "t")
    if body is None:
        return ""
    return " ".join(clean(drawn_text(body)).split())
