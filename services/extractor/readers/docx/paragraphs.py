"""Reads the text of DOCX paragraphs, and what is attached to it: notes, text boxes, pictures.

Text that a reader does not see, or sees struck out, is kept apart from the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from services.extractor.readers.clean import clean
from services.extractor.readers.docx.controls import control_box, field_value
from services.extractor.readers.docx.equations import latex
from services.extractor.readers.docx.marks import SEEN, STRUCK, Format, Look, format_of, is_white
from services.extractor.readers.docx.pages import Pages
from services.extractor.readers.docx.styles import Styles
from services.extractor.readers.docx.symbols import font_of, plain, symbol
from services.extractor.readers.xml import Element, attribute, child, chosen, local, value

_NOTES = frozenset({"footnoteReference", "endnoteReference", "commentReference"})
# Properties, field codes, readings beside East Asian letters; `moveTo` has the moved text.
_SKIPPED = frozenset(
    {"rPr", "pPr", "sdtPr", "instrText", "delInstrText", "moveFrom", "Fallback", "rt", ""}
)
_MAX_STRETCHES = 50  # texts that stand apart from one paragraph; each becomes a block
_EXPONENT = re.compile(r"[-−+]?\d{1,3}")
_LETTERS = {"tab": " ", "ptab": " ", "cr": "\n", "noBreakHyphen": "-"}


class Attached(NamedTuple):
    """Something at a place of a paragraph.

    `kind` is "footnote", "endnote", "comment", "picture", "chart", "relIds" (a diagram) or "box";
    `reference` is the id of a note or relationship, `element` the content of a text box.
    """

    kind: str
    reference: str = ""
    description: str = ""
    element: Element | None = None


@dataclass(slots=True)
class Paragraph:
    """The text that a reader sees, the page on which it begins, and texts apart from it."""

    text: str = ""
    page: int = 0
    apart: list[tuple[str, Look]] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    has_control: bool = False
    is_bold: bool = False


class ParagraphReader:
    """Reads paragraphs with the styles of their document, and counts pages."""

    def __init__(self, styles: Styles, pages: Pages) -> None:
        self._styles = styles
        self._pages = pages

    def read(self, element: Element, around: Look = SEEN, *, on_paper: bool = False) -> Paragraph:
        """Return the content of one paragraph, which is inside of text that looks like `around`.

        White letters can't be seen `on_paper`; tables and text boxes may have another colour.
        """
        properties = child(element, "pPr")
        if child(properties, "pageBreakBefore") is not None:
            self._pages.rendered_break()
        style = self._styles.format(value(properties, "pStyle"))
        shaded = child(properties, "shd") is not None
        found = _Runs(self._styles, self._pages, style, around, on_paper=on_paper and not shaded)
        found.walk(element)
        found.paragraph.page = found.paragraph.page or self._pages.number
        if child(properties, "sectPr") is not None and _starts_page(element):
            self._pages.author_break()
        return found.finished()


class _Runs:
    """Collects the text of one paragraph, run by run."""

    def __init__(
        self, styles: Styles, pages: Pages, style: Format, around: Look, *, on_paper: bool
    ) -> None:
        self.paragraph = Paragraph()
        self._styles = styles
        self._pages = pages
        self._style = style
        self._look = around
        self._on_paper = on_paper
        self._font: str | None = None
        self._parts: list[tuple[str, Look]] = []
        self._fields: list[bool] = []
        self._code: list[tuple[str, Look]] = []
        self._bold = 0

    def walk(self, element: Element) -> None:
        """Read the children of an element."""
        for inner in element:
            name = local(inner)
            if name in _SKIPPED:
                continue
            handle = _HANDLERS.get(name)
            if handle is not None:
                handle(self, inner)
            elif name in _LETTERS:
                self._add(_LETTERS[name])
            elif name in _NOTES:
                identity = attribute(inner, "id") or ""
                self._attach(Attached(name.removesuffix("Reference"), identity))
            else:
                self.walk(inner)

    def finished(self) -> Paragraph:
        """Return the paragraph, its text divided by what a reader sees."""
        found = self.paragraph
        self._parts += self._code  # of a field without an end, which may be text after all
        letters = sum(len(text.strip()) for text, look in self._parts if not look)
        found.is_bold = letters > 0 and self._bold >= letters
        if any(look for _, look in self._parts):
            found.text = tidy("".join(text for text, look in self._parts if not look))
            found.apart = [(text, look) for text, look in _stretches(self._parts) if text]
        else:
            found.text = tidy("".join(text for text, _ in self._parts))
        return found

    def _run(self, run: Element) -> None:
        properties = child(run, "rPr")
        if properties is None and not any(self._style) and not self._font:
            self.walk(run)
            return
        before = self._look, self._font
        own = format_of(properties)
        style = value(properties, "rStyle")
        if style is not None:
            own = own.over(self._styles.format(style))
        if self._on_paper and is_white(properties):
            own = Format(hidden=True).over(own)
        self._look = own.over(self._style).look.within(before[0])
        self._font = font_of(properties)
        kept = len(self._parts)
        self.walk(run)
        if value(properties, "vertAlign") == "superscript":
            self._raise(kept)
        if child(properties, "b") is not None and value(properties, "b") not in ("0", "false"):
            self._bold += sum(len(text.strip()) for text, _ in self._parts[kept:])
        self._look, self._font = before

    def _raise(self, start: int) -> None:
        """Write an exponent behind a number with its sign: 10^6, not 106."""
        before = self._parts[start - 1][0] if start else ""
        raised = "".join(text for text, _ in self._parts[start:])
        if before[-1:].isdecimal() and _EXPONENT.fullmatch(raised):
            text, look = self._parts[start]
            self._parts[start] = (f"^{text}", look)

    def _page(self, element: Element) -> None:
        self._pages.rendered_break()

    def _alternatives(self, element: Element) -> None:
        self.walk(chosen(element))

    def _symbol(self, element: Element) -> None:
        self._add(symbol(element))

    def _equation(self, element: Element) -> None:
        self._add(latex(element))

    def _text(self, element: Element) -> None:
        self._add(plain(element.text or "", self._font))

    def _deleted(self, element: Element) -> None:
        before, self._look = self._look, self._look.within(STRUCK)
        self.walk(element)
        self._look = before

    def _control(self, control: Element) -> None:
        box = control_box(control)
        content = child(control, "sdtContent")
        if box:
            self.paragraph.has_control = True
            self._add(box)
        elif content is not None:
            self.walk(content)

    def _field(self, element: Element) -> None:
        """Follow a field; between its beginning and its result stands its code."""
        kind = attribute(element, "fldCharType")
        if kind == "begin":
            shown = field_value(element)
            if shown:
                self.paragraph.has_control = True
                self._add(shown)
            self._fields.append(False)
        elif kind == "separate" and self._fields:
            self._fields[-1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()
            if all(self._fields):
                self._code.clear()

    def _break(self, element: Element) -> None:
        if attribute(element, "type") == "page":
            self._pages.author_break()
        self._add("\n")

    def _add(self, text: str) -> None:
        if not all(self._fields):
            self._code.append((text, self._look))
            return
        if text.strip() and not self._look:
            self._pages.mark_text()
            self.paragraph.page = self.paragraph.page or self._pages.number
        self._parts.append((text, self._look))

    def _attach(self, attached: Attached) -> None:
        self.paragraph.attached.append(attached)

    def _box(self, element: Element) -> None:
        self._attach(Attached("box", element=element))

    def _word_art(self, element: Element) -> None:
        self._attach(Attached("text", description=clean(attribute(element, "string") or "")))

    def _picture(self, element: Element) -> None:
        name = "embed" if local(element) == "blip" else "id"
        # A linked picture has no such attribute, and is never fetched.
        self._attach(Attached("picture", attribute(element, name) or "", _description(element)))

    def _related(self, element: Element) -> None:
        name = "id" if local(element) == "chart" else "dm"
        self._attach(Attached(local(element), attribute(element, name) or ""))


_HANDLERS: Mapping[str, Callable[[_Runs, Element], None]] = {
    "r": _Runs._run,
    "t": _Runs._text,
    "delText": _Runs._text,
    "del": _Runs._deleted,
    "oMath": _Runs._equation,
    "oMathPara": _Runs._equation,
    "AlternateContent": _Runs._alternatives,
    "sdt": _Runs._control,
    "fldChar": _Runs._field,
    "sym": _Runs._symbol,
    "br": _Runs._break,
    "lastRenderedPageBreak": _Runs._page,
    "txbxContent": _Runs._box,
    "txBody": _Runs._box,
    "textpath": _Runs._word_art,
    "blip": _Runs._picture,
    "imagedata": _Runs._picture,
    "chart": _Runs._related,
    "relIds": _Runs._related,
}


def _stretches(parts: Iterable[tuple[str, Look]]) -> list[tuple[str, Look]]:
    """Return each stretch of hidden or struck text; very many are joined by their look."""
    found = [
        (tidy("".join(text for text, _ in group)), look)
        for look, group in groupby(parts, key=lambda part: part[1])
        if look
    ]
    if len(found) <= _MAX_STRETCHES:
        return found
    looks = dict.fromkeys(look for _, look in found)
    return [(" ".join(text for text, own in found if own == look), look) for look in looks]


def _starts_page(paragraph: Element) -> bool:
    kind = value(paragraph, "pPr", "sectPr", "type")
    return kind not in ("continuous", "nextColumn")


def _description(picture: Element) -> str:
    """Return the alternative text of a picture, or ""."""
    for above in picture.iterancestors():
        if local(above) in ("inline", "anchor"):
            properties = child(above, "docPr")
            return clean(attribute(properties, "descr") or "") if properties is not None else ""
        if local(above) == "p":
            break
    return ""


def tidy(text: str) -> str:
    """Return text without control characters, empty lines and repeated spaces."""
    if "\n" not in text:
        return " ".join(clean(text).split())
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    return "\n".join(line for line in lines if line)
