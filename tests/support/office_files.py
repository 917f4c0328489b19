"""Writes small presentations and workbooks for tests of reading."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Parts = Mapping[str, str | bytes]


def write_pptx(path: Path, slides: Sequence[str], parts: Parts | None = None) -> Path:
    """Write slides with the given XML in their trees of shapes.

    A part named `ppt/<kind><n>.xml` is related to slide n under its kind, and the id `<kind>`.
    """
    more = dict(parts or {})
    names = {f"slide{at}": f"slides/slide{at}.xml" for at in range(1, len(slides) + 1)}
    entries = "".join(f'<p:sldId id="{at}" r:id="slide{at}"/>' for at in range(1, len(slides) + 1))
    size = '<p:sldSz cx="9144000" cy="6858000"/>'
    main = _root("p:presentation", f"<p:sldIdLst>{entries}</p:sldIdLst>{size}")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _begin(archive, "ppt/presentation.xml", main, names)
        for at, shapes in enumerate(slides, 1):
            attributes, _, content = shapes.rpartition("\n")
            tree = f"<p:cSld><p:spTree>{content}</p:spTree></p:cSld>"
            archive.writestr(f"ppt/slides/slide{at}.xml", _root(f"p:sld {attributes}", tree))
            own = {_kind(name): f"../{name.removeprefix('ppt/')}" for name in more if _of(name, at)}
            archive.writestr(f"ppt/slides/_rels/slide{at}.xml.rels", relations(own))
        for name, part in more.items():
            archive.writestr(name, part)
    return path


def shape(text: str, kind: str = "", properties: str = "") -> str:
    """Return a shape with paragraphs, one a line; `kind` is that of its placeholder."""
    place = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else "<p:nvPr/>"
    paragraphs = "".join(
        f"<a:p>{properties}<a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n")
    )
    return f"<p:sp><p:nvSpPr>{place}</p:nvSpPr><p:txBody>{paragraphs}</p:txBody></p:sp>"


def drawing(name: str, content: str) -> str:
    """Return a part of drawings or notes with this root element."""
    return _root(name, content)


def write_xlsx(
    path: Path,
    sheets: Mapping[str, str],
    strings: Sequence[str] = (),
    styles: str = "",
    **main: str,
) -> Path:
    """Write sheets with the given XML; `main` has attributes of sheets and of the workbook."""
    names = {f"sheet{at}": f"worksheets/sheet{at}.xml" for at in range(1, len(sheets) + 1)}
    entries = "".join(
        f'<sheet name="{name}" sheetId="{at}" r:id="sheet{at}" {main.get(name, "")}/>'
        for at, name in enumerate(sheets, 1)
    )
    book = f"<workbookPr {main.get('properties', '')}/><sheets>{entries}</sheets>"
    names |= {"sharedStrings": "sharedStrings.xml", "styles": "styles.xml"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _begin(archive, "xl/workbook.xml", _book("workbook", book), names)
        items = "".join(f"<si><t>{text}</t></si>" for text in strings)
        archive.writestr("xl/sharedStrings.xml", _book("sst", items))
        archive.writestr("xl/styles.xml", _book("styleSheet", styles))
        for at, content in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{at}.xml", _book("worksheet", content))
    return path


def relations(targets: Mapping[str, str]) -> str:
    """Return the part that relates to targets by id, under kinds without the ids' numbers."""
    entries = "".join(
        f'<Relationship Id="{one}" Type="{_R}/{one.rstrip("0123456789")}" Target="{target}"/>'
        for one, target in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def _begin(archive: zipfile.ZipFile, main: str, content: str, names: Mapping[str, str]) -> None:
    archive.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
    archive.writestr("_rels/.rels", relations({"officeDocument": main}))
    archive.writestr(main, content)
    folder, _, name = main.rpartition("/")
    archive.writestr(f"{folder}/_rels/{name}.rels", relations(names))


def _root(name: str, content: str) -> str:
    spaces = f'xmlns:p="{_P}" xmlns:a="{_A}" xmlns:r="{_R}" xmlns:c="c" xmlns:dgm="d"'
    return f"<{name} {spaces}>{content}</{name.partition(' ')[0]}>"


def _book(name: str, content: str) -> str:
    return f'<{name} xmlns="{_S}" xmlns:r="{_R}">{content}</{name}>'


def _kind(name: str) -> str:
    return Path(name).stem.rstrip("0123456789")


def _of(name: str, slide: int) -> bool:
    return Path(name).stem.endswith(str(slide))
