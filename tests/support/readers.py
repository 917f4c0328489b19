"""Writes small files and a small tokenizer for tests of reading and chunking."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pymupdf
from tokenizers import Tokenizer, models, pre_tokenizers

from services.extractor.document import ReaderLimits, ReadOptions

LIMITS = ReaderLimits()
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


class WordTokenizer:
    """Gives one token per word or mark, like a BERT tokenizer that knows every word."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in re.finditer(r"\w+|[^\w\s]", text)]


def write_tokenizer(folder: Path) -> Path:
    """Write a tokenizer file that counts words and marks, unless it exists."""
    path = folder / "tokenizer.json"
    if path.exists():
        return path
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(path))
    return path


def options(file_type: str, **changes: object) -> ReadOptions:
    known: dict[str, object] = {"file_type": file_type, "tokenizer_path": "", **changes}
    return ReadOptions(**known)  # type: ignore[arg-type]


def write_docx(path: Path, body: str, parts: Mapping[str, str | bytes] | None = None) -> Path:
    """Write a DOCX with the given XML as body and `parts` as further entries, by archive name.

    Parts named `word/<kind>.xml` are related to the document under their kind, pictures too.
    """
    more = dict(parts or {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        archive.writestr("_rels/.rels", _relations({"officeDocument": "word/document.xml"}))
        archive.writestr("word/_rels/document.xml.rels", _relations(_kinds(more)))
        archive.writestr("word/document.xml", part("document", f"<w:body>{body}</w:body>"))
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def part(name: str, content: str) -> str:
    """Return a WordprocessingML part with this root element."""
    return f'<w:{name} xmlns:w="{_W}" xmlns:r="{_R}">{content}</w:{name}>'


def paragraph(text: str, properties: str = "") -> str:
    held = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f'<w:p>{held}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def _kinds(parts: Mapping[str, object]) -> dict[str, str]:
    return {
        "image" if "media" in name else Path(name).stem.rstrip("0123456789"): name.removeprefix(
            "word/"
        )
        for name in parts
        if name.startswith("word/")
    }


def _relations(targets: Mapping[str, str]) -> str:
    entries = "".join(
        f'<Relationship Id="{kind}" Type="{_R}/{kind}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def write_endless_pdf(path: Path) -> Path:
    """Write a PDF of 2 kB whose only page draws nothing, ten billion times over."""
    document = pymupdf.open()
    page = document.new_page()
    inner = 0
    for level in range(11):
        form = document.get_new_xref()
        document.update_object(
            form,
            f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F {inner} 0 R>>>>>>"
            if inner
            else "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]>>",
        )
        document.update_stream(form, b"/F Do " * 10 if level else b"q Q")
        inner = form
    document.xref_set_key(page.xref, "Resources", f"<</XObject<</F {inner} 0 R>>>>")
    contents = document.get_new_xref()
    document.update_object(contents, "<<>>")
    document.update_stream(contents, b"/F Do")
    document.xref_set_key(page.xref, "Contents", f"{contents} 0 R")
    document.save(path)
    return path
