"""Finds the parts of a DOCX through its relationships; external targets are ignored."""

from __future__ import annotations

import hashlib
import posixpath
import zipfile
from collections.abc import Iterator
from typing import IO

from services.extractor.readers.pictures import from_file
from services.extractor.readers.xml import Element, attribute, stream, tree
from shared.domain.errors import Corrupt, UnsupportedType

_MAX_PICTURE_BYTES = 32 * 1024 * 1024  # bounds the memory for one picture file
_MAX_STORED_BYTES = 16 * 1024 * 1024  # of a document in the document
_MAX_TREE_BYTES = 4 * 1024 * 1024  # of a chart or diagram; a tree takes ten times the memory
_SCANNED_BYTES = 256 * 1024  # read at once to look for page breaks
_RECORDED_BREAK = b"lastRenderedPageBreak"


class Package:
    """Gives access to the parts and pictures of an open archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}
        self._main = self._main_name()
        folder, name = posixpath.split(self._main)
        self._relations = self._read_relations(f"{folder}/_rels/{name}.rels", folder)
        self._seen: set[bytes] = set()

    def main(self) -> IO[bytes]:
        """Open the main document part."""
        return self._archive.open(self._main)

    def has_pages(self) -> bool:
        """Return whether Word recorded where pages begin; breaks of the author alone don't tell."""
        rest = b""
        with self.main() as part:
            while packed := part.read(_SCANNED_BYTES):
                data = packed.replace(b"\0", b"")  # a part may be in UTF-16
                if _RECORDED_BREAK in rest + data:
                    return True
                rest = data[-len(_RECORDED_BREAK) :]
        return False

    def part(self, kind: str) -> IO[bytes] | None:
        """Return the first part of a kind ("styles", "numbering", "footnotes" …) or None."""
        return next(self.parts(kind), None)

    def parts(self, kind: str) -> Iterator[IO[bytes]]:
        """Yield the existing parts of a kind."""
        for relation_kind, target in list(self._relations.values()):
            name = self._names.get(target.lower())
            if relation_kind == kind and name is not None:
                yield self._archive.open(name)

    def stored(self, relation: str, kind: str) -> bytes | None:
        """Return a related part of this kind; None if it is unsuitable."""
        found, target = self._relations.get(relation, ("", ""))
        name = self._names.get(target.lower())
        if found != kind or name is None:
            return None
        if self._archive.getinfo(name).file_size > _MAX_STORED_BYTES:
            return None
        return self._archive.read(name)

    def tree(self, relation: str, *kinds: str) -> Element | None:
        """Return the root of a related part of one of these kinds; None if it is unsuitable."""
        kind, target = self._relations.get(relation, ("", ""))
        name = self._names.get(target.lower())
        if kind not in kinds or name is None:
            return None
        if self._archive.getinfo(name).file_size > _MAX_TREE_BYTES:
            return None
        with self._archive.open(name) as part:
            return tree(part)

    def picture(self, relation: str) -> tuple[bytes, str] | None:
        """Return an embedded picture the first time it occurs; None if it is unsuitable."""
        kind, target = self._relations.get(relation, ("", ""))
        name = self._names.get(target.lower())
        if kind != "image" or name is None:
            return None
        if self._archive.getinfo(name).file_size > _MAX_PICTURE_BYTES:
            return None
        data = self._archive.read(name)
        key = hashlib.sha256(data).digest()
        if key in self._seen:
            return None
        self._seen.add(key)
        return from_file(data)

    def _main_name(self) -> str:
        for kind, target in self._read_relations("_rels/.rels", "").values():
            if kind == "officeDocument" and target.lower() in self._names:
                name = self._names[target.lower()]
                if not name.lower().startswith("word/"):
                    raise UnsupportedType()
                return name
        if "word/document.xml" in self._names:
            return self._names["word/document.xml"]
        raise Corrupt()

    def _read_relations(self, name: str, folder: str) -> dict[str, tuple[str, str]]:
        """Return (kind, path in the archive) by relationship id, without external targets."""
        known = self._names.get(name.lower())
        relations: dict[str, tuple[str, str]] = {}
        if known is None:
            return relations
        with self._archive.open(known) as part:
            for element in stream(part, "Relationship"):
                if attribute(element, "TargetMode") != "External":
                    kind = (attribute(element, "Type") or "").rpartition("/")[2]
                    target = attribute(element, "Target") or ""
                    path = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                    relations[attribute(element, "Id") or ""] = (kind, posixpath.normpath(path))
        return relations
