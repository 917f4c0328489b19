"""Numbers the items of HTML lists and indents nested ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_INDENT = "  "
_MAX_INDENTS = 8  # deeper items are not indented further


@dataclass(slots=True)
class _List:
    ordered: bool
    count: int = 0
    in_item: bool = False
    label: str | None = None


class Lists:
    """Gives the label of each item: a number, or the bullet, below the items of outer lists."""

    def __init__(self, bullet: str) -> None:
        self._bullet = bullet
        self._open: list[_List] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin a list or an item of the innermost one."""
        if tag in ("ul", "ol", "menu", "dir", "dl"):
            first = _number(attributes.get("start"), 1)
            self._open.append(_List(ordered=tag == "ol", count=first - 1))
            return
        if not self._open:
            self._open.append(_List(ordered=False))
        now = self._open[-1]
        now.count = _number(attributes.get("value"), now.count + 1)
        now.in_item = True
        number = f"{now.count}." if now.ordered else self._bullet
        now.label = f"{number} " if tag == "li" else ""

    def end(self, tag: str) -> None:
        """End a list or an item of the innermost one."""
        if not self._open:
            return
        if tag in ("li", "dd"):
            self._open[-1].in_item = False
        else:
            self._open.pop()

    def is_in_item(self) -> bool:
        """Return whether the text belongs to an item."""
        return bool(self._open) and self._open[-1].in_item

    def label(self) -> str | None:
        """Return what stands before the text of an item, once; None outside of items."""
        if not self.is_in_item():
            return None
        indent = _INDENT * min(len(self._open) - 1, _MAX_INDENTS)
        label, self._open[-1].label = self._open[-1].label or "", ""
        return indent + label


def _number(value: str | None, default: int) -> int:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else default
