"""Reports the elements of OpenDocument content under the names of HTML elements."""

from __future__ import annotations

from collections.abc import Mapping

from services.extractor.readers.html_blocks import HtmlBlocks
from services.extractor.readers.odf_styles import OdfStyles

_SAME = {
    "table-header-rows": "thead",
    "list-item": "li",
    "list-header": "li",
    "line-break": "br",
    "tracked-changes": "template",  # what was deleted
    "styles": "template",
    "automatic-styles": "template",
    "master-styles": "template",
    "font-face-decls": "template",
    "forms": "template",
    "page": "section",
    "frame": "div",
    "text-box": "div",
    "custom-shape": "div",
    "note-citation": "template",
}
_ASIDE = ("note", "annotation")  # their text follows the paragraph that refers to them
_MAX_REPEATED = 1_000  # rows or columns
_MAX_SPACES = 100


class OdfElements:
    """Receives the events of an XML parser and passes them on to a builder of HTML blocks."""

    def __init__(self, target: HtmlBlocks, styles: OdfStyles) -> None:
        self._target = target
        self._styles = styles
        self._open: list[str] = []
        self._lists: list[str] = []
        self._is_spreadsheet = False
        self._in_title = False  # of a slide
        self._in_citation = False  # the number of a note
        self._aside = ""
        self._aside_text: list[str] = []
        self._asides: list[tuple[str, str]] = []

    def title(self, text: str) -> None:
        """Report the title of the document."""
        for tag in ("head", "title"):
            self._target.start(tag, {})
        self._target.data(text)
        for tag in ("title", "head"):
            self._target.end(tag)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        name = name.rpartition("}")[2]
        found = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        self._styles.add(name, found)
        self._is_spreadsheet = self._is_spreadsheet or name == "spreadsheet"
        if self._aside:
            self._in_citation = name == "note-citation"
            self._open.append("")
        elif name in _ASIDE:
            self._aside = name
            self._open.append("")
        else:
            tag, given = self._as_html(name, found)
            if tag:
                self._target.start(tag, given)
            self._open.append(tag)
            self._report_space(name, found)

    def end(self, name: str) -> None:
        """End an element."""
        name = name.rpartition("}")[2]
        tag = self._open.pop()
        self._in_citation = False
        if name == self._aside:
            self._asides.append((name, " ".join("".join(self._aside_text).split())))
            self._aside, self._aside_text = "", []
        elif self._aside and name == "p":
            self._aside_text.append(" ")
        if tag:
            self._target.end(tag)
        if name == "list" and not self._aside:
            self._lists.pop()
        self._in_title = self._in_title and name != "frame"
        if name in ("p", "h") and not self._aside:
            self._report_asides()

    def data(self, text: str) -> None:
        """Add a piece of text."""
        if self._in_citation:
            return
        if self._aside:
            self._aside_text.append(text)
        else:
            self._target.data(text)

    def comment(self, text: str) -> None:
        """Pass over a comment of the file itself."""

    def close(self) -> None:
        """End the document."""
        self._target.close()

    def _as_html(self, name: str, found: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Return the name and attributes of the HTML element that means the same."""
        style = found.get("style-name", "")
        if name == "h":
            level = found.get("outline-level", "1")
            return (f"h{level}" if level in "123456" and level else "h6"), {}
        if name == "p":
            return self._paragraph(style), {}
        if name == "span":
            given = {"style": "display:none"} if self._styles.is_hidden(style) else {}
            return ("s" if self._styles.is_struck(style) else "span"), given
        if name == "list":
            own = style or (self._lists[-1] if self._lists else "")
            self._lists.append(own)
            numbered = self._styles.is_numbered(own, len(self._lists))
            return ("ol" if numbered else "ul"), {}
        if name == "table":
            self._name_sheet(found.get("name", ""))
            return "table", {}
        if name == "table-row":
            return "tr", {}
        if name in ("table-cell", "covered-table-cell"):
            return self._cell(name, found)
        if name == "frame":
            self._in_title = found.get("class") == "title"
        return _SAME.get(name, ""), {}

    def _paragraph(self, style: str) -> str:
        if self._styles.is_title(style) or self._in_title:
            return "h1"
        return "figcaption" if self._styles.is_caption(style) else "p"

    def _name_sheet(self, name: str) -> None:
        if self._is_spreadsheet and name:
            self._target.start("h1", {})
            self._target.data(name)
            self._target.end("h1")

    def _cell(self, name: str, found: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        repeated = _count(found.get("number-columns-repeated"))
        if name == "covered-table-cell":  # the cell that spans it was reported with its spans
            return "template", {}
        given = {"colspan": str(max(repeated, _count(found.get("number-columns-spanned"))))}
        given["rowspan"] = str(_count(found.get("number-rows-spanned")))
        return "td", given

    def _report_space(self, name: str, found: Mapping[str, str]) -> None:
        if name == "tab":
            self._target.data(" ")
        elif name == "s":
            self._target.data(" " * min(_count(found.get("c")), _MAX_SPACES))

    def _report_asides(self) -> None:
        asides, self._asides = self._asides, []
        for name, text in asides:
            if name == "annotation":
                self._target.comment(f"Comment: {text}")
            else:
                self._target.start("p", {})
                self._target.data(text)
                self._target.end("p")


def _count(value: str | None) -> int:
    known = value and value.isascii() and value.isdigit() and len(value) < 9
    return min(int(value or "1"), _MAX_REPEATED) or 1 if known else 1
