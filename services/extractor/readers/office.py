"""Opens the parts of an Office file and follows their relationships; external targets are ignored.

Source: ECMA-376 part 2 (packages). Word files have `docx/package.py`.
"""

from __future__ import annotations

import contextlib
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from lxml import etree

from services.extractor.document import ReaderLimits
from services.extractor.readers import zip_guard
from services.extractor.readers.source import Source
from services.extractor.readers.xml import Element, attribute, stream
from shared.domain.errors import Corrupt


class Relation(NamedTuple):
    """A relationship: its kind, such as "slide", and the path of its target in the archive."""

    kind: str
    path: str


class OfficePackage:
    """Gives access to the parts of an open archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}

    def main(self, usual: str) -> str:
        """Return the path of the main part, which is `usual` unless the package names another."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and self.has(relation.path):
                return relation.path
        if not self.has(usual):
            raise Corrupt()
        return usual

    def has(self, path: str) -> bool:
        """Return whether the archive has this part."""
        return path.lower() in self._names

    def open(self, path: str) -> IO[bytes]:
        """Open a part; Corrupt: the archive does not have it."""
        name = self._names.get(path.lower())
        if name is None:
            raise Corrupt()
        return self._archive.open(name)

    def tree(self, path: str) -> Element:
        """Return the root element of a small part."""
        with self.open(path) as part:
            return etree.parse(part, _parser()).getroot()

    def relations(self, path: str) -> dict[str, Relation]:
        """Return the relationships of a part by id; of the package for ""."""
        folder, name = posixpath.split(path)
        described = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, Relation] = {}
        if self.has(described):
            with self.open(described) as part:
                for element in stream(part, "Relationship"):
                    if attribute(element, "TargetMode") != "External":
                        kind = (attribute(element, "Type") or "").rpartition("/")[2]
                        target = attribute(element, "Target") or ""
                        inside = target[1:] if target[:1] == "/" else posixpath.join(folder, target)
                        identity = attribute(element, "Id") or ""
                        found[identity] = Relation(kind, posixpath.normpath(inside))
        return found

    def related(self, path: str, kind: str) -> str | None:
        """Return the path of the first existing part of a kind that a part refers to."""
        for relation in self.relations(path).values():
            if relation.kind == kind and self.has(relation.path):
                return relation.path
        return None


@contextlib.contextmanager
def opened(
    source: Source, limits: ReaderLimits, *, main: str = "", doctype: bool = False
) -> Iterator[OfficePackage]:
    """Check and open a file; Corrupt: it is damaged, also if that shows while it is read."""
    zip_guard.check(source, limits, main=main, doctype=doctype)
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield OfficePackage(archive)
    except etree.XMLSyntaxError as broken:
        if broken.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from broken
        raise Corrupt() from broken
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError) as broken:
        raise Corrupt() from broken  # lxml raises OSError for bytes of another encoding


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
