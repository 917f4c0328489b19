"""Marks whole blocks as hidden. Pure."""

from __future__ import annotations

from dataclasses import replace

from services.extractor.document import Block, Mark


def hidden(block: Block) -> Block:
    """Return a block with a mark over all of it; headings become paragraphs."""
    if block.rows:
        return replace(block, row_marks=(Mark(0, len(block.rows), hidden=True),))
    if not block.text:
        return block
    kind = "paragraph" if block.kind == "heading" else block.kind
    return replace(block, kind=kind, level=0, marks=(Mark(0, len(block.text), hidden=True),))
