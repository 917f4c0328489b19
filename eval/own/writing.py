"""Writes a set of generated documents and cases as a folder that `eval answers` reads."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.own.blocks import Block, CaseBook
from eval.own.pdf_files import pdf
from eval.own.text_files import markdown, plain
from eval.own.word_files import word

_WRITERS: dict[str, Callable[[Sequence[Block]], str | bytes]] = {
    ".md": markdown,
    ".txt": plain,
    ".docx": word,
    ".pdf": pdf,
}


def write_cases(book: CaseBook, folder: Path, others: Sequence[Path] = ()) -> None:
    """Write `files/` and `cases.jsonl`; `others` are files that exist and are copied."""
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    for draft in book.drafts:
        path = files / draft.name
        content = _WRITERS[path.suffix](draft.blocks)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    for path in others:
        shutil.copyfile(path, files / path.name)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in book.rows)
    (folder / "cases.jsonl").write_text("".join(lines), encoding="utf-8")
