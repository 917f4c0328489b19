"""Citations, whose quotes are checked against their passages, and the claims they back. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from services.query.retrieval.passages import Box, ChunkType, DocumentId, Passage, Score
from shared.text.chunk_sentences import Sentence, sentence_id, within

Verdict = Literal["exact", "supported", "unsupported"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A part of a passage that an answer quotes, by offsets in its content."""

    passage: Passage
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        return self.passage.content[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of a part of the answer; `quote` is literally in the document."""

    index: int
    document_id: DocumentId
    title: str
    source: str
    page: Annotated[
        int | None, Field(description="Page on which the quote begins; null: not known")
    ]
    page_label: Annotated[
        str | None,
        Field(description="Number of that page in the file's own count, such as iv; null: none"),
    ]
    boxes: Annotated[
        list[Box],
        Field(description="Boxes of the quote's printed lines, before the page is rotated"),
    ]
    bbox: Annotated[Box | None, Field(description="The first of `boxes`")]
    chunk_id: str
    chunk_type: ChunkType
    sentence_ids: list[str]
    quote: str
    score: Score


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of the answer, `response[start:end]`, and the indexes of its citations."""

    text: str
    start: Annotated[int, Field(description="In code points of `response`")]
    end: int
    citations: list[int]
    verdict: Annotated[Verdict, Field(description="exact: it is quoted")]


def is_verified(quote: Quote) -> bool:
    """Return whether a quote has text, and none of it is hidden or struck out in the source."""
    sentences = quote.passage.sentences
    quoted = within(sentences, quote.start, quote.end)
    return bool(quote.text.strip()) and all(sentences[at].is_quotable for at in quoted)


def cited(quotes: Iterable[Quote], *, first: int = 1) -> list[Citation]:
    """Return citations, numbered from `first`, of the quotes that are verified."""
    verified = (quote for quote in quotes if is_verified(quote))
    return [_citation(index, quote) for index, quote in enumerate(verified, start=first)]


def claims(
    texts: Sequence[str], pieces: Sequence[str], citations: Sequence[Citation]
) -> list[Claim]:
    """Return the claims of a response that joins `pieces`, of which each holds its text."""
    found: list[Claim] = []
    at = 0
    for text, piece, citation in zip(texts, pieces, citations, strict=True):
        start = at + piece.index(text)
        found.append(Claim(text, start, start + len(text), [citation.index], "exact"))
        at += len(piece)
    return found


def _citation(index: int, quote: Quote) -> Citation:
    passage = quote.passage
    numbers = within(passage.sentences, quote.start, quote.end)
    quoted = [passage.sentences[at] for at in numbers]
    boxes = _boxes(quoted) or ([passage.bbox] if passage.bbox and not quoted else [])
    return Citation(
        index=index,
        document_id=passage.document_id,
        title=passage.title,
        source=passage.source,
        page=quoted[0].page if quoted else passage.page,
        page_label=quoted[0].page_label if quoted else None,
        boxes=boxes,
        bbox=boxes[0] if boxes else None,
        chunk_id=passage.chunk_id,
        chunk_type=passage.chunk_type,
        sentence_ids=[sentence_id(passage.chunk_id, at) for at in numbers],
        quote=quote.text,
        score=quote.score,
    )


def _boxes(sentences: Iterable[Sentence]) -> list[Box]:
    """Return the boxes of all lines, a line that two sentences share once."""
    return [Box(*line) for line in dict.fromkeys(box for each in sentences for box in each.boxes)]
