"""Writes the files of a corpus as Markdown with another tool, in a separate environment.

    pip install pymupdf4llm            # or: "markitdown[pdf,docx]", or: pdf-inspector
    python eval/peers/markdown.py pymupdf4llm CORPUS FOLDER
    python -m eval extraction --beside pymupdf4llm=FOLDER

CORPUS has `documents` and `groundtruth`; only files with a known text are read. FOLDER gets one
NAME.md for each. Prints the files that the tool refused, and the CPU seconds of each other one as
JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

Convert = Callable[[str], str]


def main(tool: str, corpus: Path, folder: Path) -> None:
    """Write one Markdown file for each known file of the corpus that the tool reads."""
    convert = TOOLS[tool]()
    folder.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    for known in sorted((corpus / "groundtruth").iterdir()):
        source = corpus / "documents" / known.stem
        if source.suffix not in (".pdf", ".docx") or not source.is_file():
            continue
        begun = time.process_time()
        try:
            text = convert(str(source))
        except Exception as failure:
            print(f"{source.name}: {type(failure).__name__}", file=sys.stderr)
            continue
        seconds[source.name] = round(time.process_time() - begun, 3)
        (folder / f"{source.name}.md").write_text(text, encoding="utf-8")
    print(json.dumps(seconds))


def _pymupdf4llm() -> Convert:
    from pymupdf4llm import to_markdown

    return lambda path: str(to_markdown(path))


def _markitdown() -> Convert:
    from markitdown import MarkItDown

    tool = MarkItDown()
    return lambda path: str(tool.convert(path).text_content)


def _pdf_inspector() -> Convert:
    from pdf_inspector import process_pdf

    return lambda path: str(process_pdf(path).markdown or "")


TOOLS: dict[str, Callable[[], Convert]] = {
    "pymupdf4llm": _pymupdf4llm,
    "markitdown": _markitdown,
    "pdf-inspector": _pdf_inspector,
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
