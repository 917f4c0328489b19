"""Reads the footnotes, endnotes and comments of a DOCX."""

from __future__ import annotations

from services.extractor.readers.clean import clean
from services.extractor.readers.docx.package import Package
from services.extractor.readers.docx.paragraphs import ParagraphReader
from services.extractor.readers.xml import attribute, parts_of, release, stream

_PARTS = {"footnote": "footnotes", "endnote": "endnotes", "comment": "comments"}
_MAX_LETTERS = 16_000_000  # characters of one kind of notes, which stay in memory
_MAX_NAME = 80  # characters of an author's name


class Notes:
    """Looks up notes by their kind and id."""

    def __init__(self, package: Package, reader: ParagraphReader) -> None:
        self._package = package
        self._reader = reader
        self._texts: dict[str, dict[str, str]] = {}

    def text(self, kind: str, identity: str) -> str:
        """Return the text of a footnote, endnote or comment where it is first referred to, else "".

        A comment begins with the name of its author, so that it is not taken for the document's.
        """
        if kind not in self._texts:
            self._texts[kind] = self._read(kind)
        return self._texts[kind].pop(identity, "")

    def _read(self, kind: str) -> dict[str, str]:
        notes: dict[str, str] = {}
        letters = 0
        part = self._package.part(_PARTS[kind])
        for element in stream(part, kind) if part else ():
            paragraphs = (self._reader.read(inner).text for inner in parts_of(element, "p"))
            text = "\n".join(filter(None, paragraphs))
            if text and kind == "comment":
                text = f"{_title(attribute(element, 'author'))}: {text}"
            letters += len(text)
            if letters > _MAX_LETTERS:
                break
            notes[attribute(element, "id") or ""] = text
            release(element)
        return notes


def _title(author: str | None) -> str:
    name = " ".join(clean(author or "").split())[:_MAX_NAME]
    return f"Comment by {name}" if name else "Comment"
