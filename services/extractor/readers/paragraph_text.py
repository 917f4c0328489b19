"""Collects the text of one paragraph from pieces, with white space as a browser shows it.

Text that is hidden or struck out stands apart, so that the sentence around it stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.extractor.document import Block, BlockKind, Mark
from services.extractor.readers.clean import clean

_SPACES = re.compile(r"[ \t\n\r\f]+")
_CLOSING = ".,;:!?)"  # signs that no space stands before


class Apart(NamedTuple):
    """The hidden or struck text of a paragraph."""

    text: str
    hidden: bool
    struck: bool

    def block(self, page: int | None, kind: BlockKind = "paragraph", label: str = "") -> Block:
        """Return it as a block that is marked as a whole."""
        text = label + self.text
        mark = Mark(0, len(text), self.hidden, self.struck)
        return Block(kind, text, page, marks=(mark,))


class ParagraphText:
    """Builds a text piece by piece; a run of white space becomes one space."""

    def __init__(self) -> None:
        self._seen = _Text()
        self._apart: dict[tuple[bool, bool], _Text] = {}

    def __bool__(self) -> bool:
        return self.size > 0

    @property
    def size(self) -> int:
        """Return the number of characters so far."""
        apart = sum(text.size for text in self._apart.values()) if self._apart else 0
        return self._seen.size + apart

    def add(
        self, piece: str, *, hidden: bool = False, struck: bool = False, verbatim: bool = False
    ) -> None:
        """Append a piece; a `verbatim` one keeps its white space."""
        if not (hidden or struck):
            self._seen.add(clean(piece), verbatim=verbatim)
        elif not piece.isspace():
            text = self._apart.setdefault((hidden, struck), _Text())
            text.add(f" {clean(piece)}", verbatim=False)
            self._seen.note_gap()

    def end_line(self) -> None:
        """Append a line end unless the text is empty or ends with one."""
        self._seen.end_line()

    def ends_with(self, letters: tuple[str, ...]) -> bool:
        """Return whether the last character that is not a space is one of these."""
        return self._seen.ends_with(letters)

    def take_last_word(self) -> str:
        """Remove and return the last word, which may continue in the next piece."""
        return self._seen.take_last_word()

    def take(self) -> tuple[str, tuple[Apart, ...]]:
        """Return the text that is seen, what stands apart from it, and begin another one."""
        text, apart = self._seen.whole(), self._apart
        self._seen = _Text()
        if not apart:
            return text, ()
        self._apart = {}
        found = (Apart(one.whole(), *look) for look, one in apart.items())
        return text, tuple(one for one in found if one.text)


def apart_blocks(apart: Iterable[Apart], page: int | None) -> Iterator[Block]:
    """Yield what stands apart as blocks of their own."""
    return (one.block(page) for one in apart)


class _Text:
    """Builds one text."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[str] = []
        self._last = "\n"  # the last character; a line end swallows spaces
        self._gap = False

    def add(self, piece: str, *, verbatim: bool) -> None:
        """Append a piece."""
        if not verbatim:
            piece = _SPACES.sub(" ", piece)
            if self._last in " \n":
                piece = piece.removeprefix(" ")
        if not piece:
            return
        if self._gap and self._last == " " and piece[0] in _CLOSING:
            self._drop_space()
        self._gap = False
        self._append(piece)

    def note_gap(self) -> None:
        """Note that text was left out, so that no space stays before a sign after it."""
        self._gap = True

    def end_line(self) -> None:
        """Append a line end unless the text is empty or ends with one."""
        if self._last == " ":
            self._drop_space()
        if self._last != "\n":
            self._append("\n")

    def ends_with(self, letters: tuple[str, ...]) -> bool:
        """Return whether the last character that is not a space is one of these."""
        return bool(self._parts) and self._parts[-1].rstrip(" ").endswith(letters)

    def take_last_word(self) -> str:
        """Remove and return the last word."""
        text = self._parts[-1] if self._parts else ""
        word = text[max(text.rfind(" "), text.rfind("\n")) + 1 :]
        if len(word) == len(text):
            return ""
        self._parts[-1] = text[: len(text) - len(word)]
        self.size -= len(word)
        return word

    def whole(self) -> str:
        """Return the text without white space at its end."""
        return "".join(self._parts).rstrip()

    def _append(self, piece: str) -> None:
        self._parts.append(piece)
        self.size += len(piece)
        self._last = piece[-1]

    def _drop_space(self) -> None:
        self._parts[-1] = self._parts[-1][:-1]
        self.size -= 1
        self._last = self._parts[-1][-1:] or "x"  # a space was appended to some text
