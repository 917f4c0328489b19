"""Finds which OpenDocument styles are titles, captions, struck or hidden, and how lists count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.extractor.readers.xml import attribute, local

_MAX_DEPTH = 20  # styles to follow by inheritance; ends cycles
_CAPTIONS = ("Caption", "Illustration", "Table", "Drawing", "Figure")


class OdfStyles:
    """Looks up styles by name."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._struck: set[str] = set()
        self._hidden: set[str] = set()
        self._numbered: dict[str, set[str]] = {}
        self._open = ""

    def add_all(self, root: Any) -> None:
        """Read all styles of a part."""
        for element in root.iter():
            self.add(local(element), {key: attribute(element, key) or "" for key in _KEYS})

    def add(self, name: str, attributes: Mapping[str, str]) -> None:
        """Read one element, if it belongs to a style."""
        if name in ("style", "list-style"):
            self._open = attributes.get("name", "")
            self._parents[self._open] = attributes.get("parent-style-name", "")
        elif name == "text-properties":
            if attributes.get("text-line-through-style", "none") not in ("none", ""):
                self._struck.add(self._open)
            if attributes.get("display") == "none":
                self._hidden.add(self._open)
        elif name == "list-level-style-number" and attributes.get("num-format"):
            self._numbered.setdefault(self._open, set()).add(attributes.get("level", ""))

    def is_title(self, name: str) -> bool:
        """Return whether a paragraph style is that of the title of a document."""
        return self._is(name, ("Title",))

    def is_caption(self, name: str) -> bool:
        """Return whether a paragraph style is that of captions."""
        return self._is(name, _CAPTIONS)

    def is_struck(self, name: str) -> bool:
        """Return whether a style strikes text out."""
        return name in self._struck

    def is_hidden(self, name: str) -> bool:
        """Return whether a style hides text."""
        return name in self._hidden

    def is_numbered(self, name: str, level: int) -> bool:
        """Return whether a list style counts the items of a level, from 1."""
        return str(level) in self._numbered.get(name, ())

    def _is(self, name: str, wanted: tuple[str, ...]) -> bool:
        for _ in range(_MAX_DEPTH):
            if name in wanted:
                return True
            name = self._parents.get(name, "")
            if not name:
                break
        return False


_KEYS = (
    "name",
    "parent-style-name",
    "text-line-through-style",
    "display",
    "level",
    "num-format",
)
