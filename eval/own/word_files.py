"""Writes generated documents as DOCX, with real heading, list and table styles."""

from __future__ import annotations

import io
from collections.abc import Sequence

import docx
from docx.document import Document

from eval.own.blocks import Block, Grid, Heading, Items, Lines, Paragraph, Question, Terms
from eval.own.text_files import unmarked


def word(blocks: Sequence[Block]) -> bytes:
    """Return the blocks as a DOCX file."""
    document = docx.Document()
    for block in blocks:
        _add(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _add(document: Document, block: Block) -> None:
    match block:
        case Heading(text, level):
            document.add_heading(text, level)
        case Paragraph(text):
            if text.startswith("**"):
                document.add_paragraph().add_run(unmarked(text)).bold = True
            else:
                document.add_paragraph(unmarked(text))
        case Lines(lines):
            for line in lines:
                document.add_paragraph(line)
        case Items(texts, ordered):
            for text in texts:
                style = "List Number" if ordered else "List Bullet"
                document.add_paragraph(unmarked(text), style=style)
        case Grid(rows):
            _add_grid(document, rows)
        case Terms(pairs):
            for term, text in pairs:
                document.add_paragraph().add_run(term).bold = True
                document.add_paragraph(text)
        case Question(question, answer):
            document.add_paragraph().add_run(question).bold = True
            document.add_paragraph(answer)


def _add_grid(document: Document, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for cells, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(cells.cells, texts, strict=True):
            cell.text = text
