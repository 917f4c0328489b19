"""Collects the text of one paragraph from pieces, with white space as a browser shows it."""

from __future__ import annotations

import re

from services.extractor.document import Mark
from services.extractor.readers.clean import clean

_SPACES = re.compile(r"[ \t\n\r\f]+")


class ParagraphText:
    """Builds a text piece by piece; a run of white space becomes one space."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[str] = []
        self._marks: list[Mark] = []
        self._last = "\n"  # the last character; a line end swallows spaces

    def __bool__(self) -> bool:
        return self.size > 0

    def add(
        self, piece: str, *, hidden: bool = False, struck: bool = False, verbatim: bool = False
    ) -> None:
        """Append a piece; a `verbatim` one keeps its white space."""
        piece = clean(piece)
        if not verbatim:
            piece = _SPACES.sub(" ", piece)
            if self._last in " \n":
                piece = piece.removeprefix(" ")
        if not piece:
            return
        start = self.size
        self._parts.append(piece)
        self.size += len(piece)
        self._last = piece[-1]
        if (hidden or struck) and not piece.isspace():
            self._mark(Mark(start, self.size, hidden, struck))

    def end_line(self) -> None:
        """Append a line end unless the text is empty or ends with one."""
        if self._last == " ":
            self._parts[-1] = self._parts[-1][:-1]
            self.size -= 1
        if self._last != "\n":
            self._parts.append("\n")
            self.size += 1
            self._last = "\n"

    def ends_with(self, letters: tuple[str, ...]) -> bool:
        """Return whether the last character that is not a space is one of these."""
        return bool(self._parts) and self._parts[-1].rstrip(" ").endswith(letters)

    def take_last_word(self) -> str:
        """Remove and return the last word, which may continue in the next piece."""
        text = self._parts[-1] if self._parts else ""
        word = text[max(text.rfind(" "), text.rfind("\n")) + 1 :]
        if len(word) == len(text):
            return ""
        self._parts[-1] = text[: len(text) - len(word)]
        self.size -= len(word)
        return word

    def take(self) -> tuple[str, tuple[Mark, ...]]:
        """Return the text without white space at its end, with its marks, and begin another."""
        text, marks = "".join(self._parts).rstrip(), self._marks
        self.size, self._parts, self._marks, self._last = 0, [], [], "\n"
        kept = (mark._replace(end=min(mark.end, len(text))) for mark in marks)
        return text, tuple(mark for mark in kept if mark.start < mark.end)

    def _mark(self, mark: Mark) -> None:
        last = self._marks[-1] if self._marks else None
        if last and last.end == mark.start and last[2:] == mark[2:]:
            self._marks[-1] = last._replace(end=mark.end)
        else:
            self._marks.append(mark)
