"""Passages: found chunks in the shape of the API. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field, PlainSerializer, WithJsonSchema

from shared.text.chunk_sentences import LineBox, Sentence
from shared.text.sentences import split_content

if TYPE_CHECKING:
    from shared.repositories.live_chunks import LiveChunk

# The first chunks of a document, which may name what it is about, as a cover page does.
BEGINNING = 6
# Name of the retriever whose scores are cosines.
DENSE = "dense"
EXAMPLE_ID = "3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10"
ChunkType = Literal["text", "image", "table", "composite"]


def _rounded(score: float) -> float:
    return round(score, 4)


# Rounded to four decimals, because further ones differ between processors.
Score = Annotated[float, PlainSerializer(_rounded, return_type=float)]
# Keeps the type of a field that is not shown out of the API's description.
_UNDESCRIBED = WithJsonSchema({})
_VERSION = re.compile(
    r"\b(?:version|revision|rev|edition|issue|effective|valid|in force|dated|stand|ausgabe)\b"
    r"|\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)
DocumentId = Annotated[str, Field(examples=[EXAMPLE_ID])]


@dataclass(frozen=True, slots=True)
class Box:
    """A box in points from the upper left corner of its page.

    Around a passage: of the page as displayed. Around lines of a quote: of the page unrotated.
    """

    page: int | None
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a passage was found: what is added up to its score.

    The score is the weighted mean of `fused`, the blended scores of the retrievers, and of the
    shares of the question that the passage has: phrase (squared), closeness, heading and row. If a
    model read the passage, its score is added to that mean with the model's weight.
    """

    cosine: Score | None
    fused: Score
    phrase: Annotated[
        Score, Field(description="Share of the question's neighbouring words, in their order")
    ]
    closeness: Annotated[
        Score, Field(description="Share of the question's words that stand close together")
    ]
    heading: Annotated[
        Score, Field(description="Share of the question's words in the title and the headings")
    ]
    row: Annotated[
        Score, Field(description="Share of the question's words that are the key of one row")
    ]
    terms: Annotated[
        Mapping[str, Score],
        Field(description="What each word and code adds to the keyword score", examples=[{}]),
    ]
    model: Annotated[
        Score | None, Field(description="Score of the rescorer (`QUIRE_RESCORER`), if it was read")
    ] = None


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage; scores can be compared within one response only."""

    content: str
    score: Score
    scores: Annotated[Mapping[str, Score], Field(examples=[{"dense": 0.71, "keywords": 9.2}])]
    document_id: DocumentId
    title: str
    source: Annotated[
        str, Field(description="Name of the uploaded file", examples=["handbook.pdf"])
    ]
    page: int | None
    bbox: Box | None
    chunk_id: str
    chunk_type: ChunkType
    section: str
    picture: Annotated[str | None, Field(description="Path of an image chunk's picture")]
    explanation: Annotated[
        Explanation | None, Field(description="Why it was found, if `explain` is set")
    ]
    # For ranking and reading order; not shown.
    ordinal: Annotated[int, Field(exclude=True)]
    text_hash: Annotated[str, Field(exclude=True)]
    # In reading order; read from the database only for passages that an answer is made from.
    sentences: Annotated[Sequence[Sentence], _UNDESCRIBED, Field(exclude=True)] = ()
    # The lines at the beginning of the document that name it; read with the sentences.
    opening: Annotated[str, Field(exclude=True)] = ""
    # The text of the document's first chunks; read with the sentences.
    beginning: Annotated[str, _UNDESCRIBED, Field(exclude=True)] = ""

    @property
    def cosine(self) -> float | None:
        """Return the cosine of question and passage; None if only other retrievers found it."""
        return self.scores.get(DENSE)


def as_passage(
    chunk: LiveChunk,
    score: float,
    scores: Mapping[str, float],
    explanation: Explanation | None = None,
) -> Passage:
    """Return the passage of a chunk with the scores that ranking gave it."""
    picture = picture_path(chunk.document_id, chunk.chunk_id) if chunk.has_picture else None
    return Passage(
        content=chunk.content,
        score=score,
        scores=scores,
        document_id=chunk.document_id,
        title=chunk.title,
        source=chunk.source,
        page=chunk.page,
        bbox=box_of(chunk.page, chunk.box),
        chunk_id=chunk.chunk_id,
        chunk_type=cast(ChunkType, chunk.chunk_type),
        section=chunk.section,
        picture=picture,
        explanation=explanation,
        ordinal=chunk.ordinal,
        text_hash=chunk.text_hash,
    )


def opening_lines(text: str) -> str:
    """Return the first line of a document, and those of its version and date before any sentence.

    >>> opening_lines("Rules\\n\\nVersion 2\\n\\nLoans\\n\\nThey last a week.\\nThen they end")
    'Rules; Version 2'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    above = list(takewhile(lambda line: not line.endswith((".", ":", "?", "|")), lines))
    return "; ".join([*above[:1], *(line for line in above[1:] if _VERSION.search(line))])


def unplaced_sentences(passage: Passage) -> tuple[Sentence, ...]:
    """Return the sentences of a chunk that was stored without any, on the chunk's page and box."""
    box = passage.bbox
    lines = (LineBox(box.page, box.x0, box.y0, box.x1, box.y1),) if box and box.page else ()
    return tuple(
        Sentence(start, end, kind, passage.page, lines)
        for start, end, kind in split_content(passage.content)
    )


def box_of(page: int | None, corners: Mapping[str, float] | None) -> Box | None:
    """Return the box of a chunk's row; None if its format has no positions."""
    if not corners:
        return None
    return Box(page, corners["x0"], corners["y0"], corners["x1"], corners["y1"])


def picture_path(document_id: str, chunk_id: str) -> str:
    """Return the path at which the gateway serves the picture of an image chunk."""
    return f"/api/v1/documents/{document_id}/chunks/{chunk_id}/picture"
