"""Finds the caption, mention and nearby text of tables and pictures on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.extractor.chunking.cuts import spans_within
from services.extractor.document import Block, Tokenizer
from shared.text.sentences import sentence_ends

_NEARBY_TOKENS = 60  # two or three sentences, enough to find a picture by its context
_LABEL = re.compile(
    r"^\W{0,2}((?:table|tab\.|figure|fig\.|chart|exhibit|tabelle|abbildung|abb\.|tableau|cuadro|tabla"
    r"|figura|tabella)\s*[A-Z]?\d+(?:[.\-\u2013]\d+)*)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[A-Z]?\d+(?:[.\-\u2013]\d+)*$")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A text that begins at offset `start` of a block; "" without a block."""

    text: str = ""
    block: Block | None = None
    start: int = 0


@dataclass(frozen=True, slots=True)
class FigureContext:
    """The caption, the mentioning sentence and the nearby text of a table or picture."""

    caption: Excerpt
    mention: Excerpt
    nearby: Excerpt


def figure_context(blocks: Sequence[Block], at: int) -> FigureContext:
    """Return the context of the block at index `at` of a page."""
    caption = _whole(caption_of(blocks, at))
    return FigureContext(
        caption, _mention(blocks, caption.text), _whole(_nearest_paragraph(blocks, at))
    )


def caption_of(blocks: Sequence[Block], at: int) -> Block | None:
    """Return the caption beside a block; of two, the one above a table or below a picture."""
    order = (at - 1, at + 1) if blocks[at].kind == "table" else (at + 1, at - 1)
    for beside in order:
        if 0 <= beside < len(blocks) and blocks[beside].kind == "caption":
            return blocks[beside]
    return None


def label_of(caption: str) -> str:
    """Return the label of a caption: "Table 2" for "Table 2: Results"; "" without one."""
    found = _LABEL.match(caption)
    return " ".join(found[1].split()) if found else ""


def composite_text(context: FigureContext, body: str, tokenizer: Tokenizer, max_tokens: int) -> str:
    """Return caption, mention and `body` on a line each, cut to `max_tokens`."""
    text = "\n".join(part for part in (context.caption.text, context.mention.text, body) if part)
    return _first_tokens(text, tokenizer, max_tokens)


def picture_text(context: FigureContext, page: int | None, tokenizer: Tokenizer) -> str:
    """Return the text that a picture is indexed by: caption, then its mention or nearby text."""
    text = "\n".join(each.text for each in picture_excerpts(context))
    return _first_tokens(text, tokenizer, _NEARBY_TOKENS) or f"Picture on page {page or 1}"


def picture_excerpts(context: FigureContext) -> list[Excerpt]:
    """Return the excerpts that `picture_text` joins."""
    described = context.mention if context.mention.text else context.nearby
    return [each for each in (context.caption, described) if each.text]


def _whole(block: Block | None) -> Excerpt:
    return Excerpt(block.text, block) if block else Excerpt()


def _mention(blocks: Sequence[Block], caption: str) -> Excerpt:
    label = label_of(caption)
    number = _NUMBER.search(label)
    if number is None:
        return Excerpt()
    kind = re.escape(label[:3])
    name = re.compile(
        rf"\b{kind}\w*\.?\s*{re.escape(number[0])}(?!\w|[.\-\u2013]\d)", re.IGNORECASE
    )
    for block in blocks:
        if block.kind in ("paragraph", "list", "field") and (found := name.search(block.text)):
            return _sentence_around(block, found.start())
    return Excerpt()


def _sentence_around(block: Block, at: int) -> Excerpt:
    text = block.text
    ends = [0, *sentence_ends(text), len(text)]
    start = max(end for end in ends if end <= at)
    part = text[start : min(end for end in ends if end > at)]
    return Excerpt(part.strip(), block, start + len(part) - len(part.lstrip()))


def _nearest_paragraph(blocks: Sequence[Block], at: int) -> Block | None:
    nearest = sorted(range(len(blocks)), key=lambda index: abs(index - at))
    for index in nearest:
        if blocks[index].kind in ("paragraph", "heading", "list", "field"):
            return blocks[index]
    return None


def _first_tokens(text: str, tokenizer: Tokenizer, tokens: int) -> str:
    spans = tokenizer.spans(text)
    if len(spans) <= tokens:
        return text.strip()
    return text[: spans_within(spans, tokens)].rsplit(None, 1)[0].strip()
