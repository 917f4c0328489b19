"""Finds the page that a client wants to see, and the boxes to mark on it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from services.gateway import queries
from shared.blobs.base import page_prefix
from shared.database.schema import Chunk, Document
from shared.domain.file_types import BY_NAME
from shared.domain.page_views import MAX_MARKS, PageViewRequest, Place
from shared.http.problems import refusal
from shared.repositories import chunks
from shared.text import chunk_sentences

# Part of every key: raise it when the same file gives other pictures or words.
_VERSION = 1
_NO_PAGES = (
    "A file of this type has no fixed pages, so none is drawn. Read its passages, or open the"
    " original file."
)
_HIGHLIGHT = re.compile(r"([0-9a-fA-F-]{36})(?:#(\d{1,6}))?")


@dataclass(frozen=True)
class PageSource:
    """What to ask the extractor for, and the key under which the answer is kept."""

    request: PageViewRequest
    key: str


def page_source(
    session: Session,
    document_id: str,
    number: int,
    view: Literal["picture", "words"],
    highlight: str | None = None,
) -> PageSource:
    """Return the source of one page.

    `highlight` names a chunk, or with `#n` its n-th sentence. Refusal: 404 without such a page or
    such a place on it, 410 for a deleted document, 422 for a malformed `highlight`.
    """
    found = queries.document(session, document_id)
    _check_page(found, number)
    marks: tuple[Place, ...] = ()
    displayed = False
    if highlight is not None:
        marks, displayed = _marks(session, found, number, highlight)
    request = PageViewRequest(
        blob_key=found.file_path,
        file_type=found.file_type,
        page=number,
        view=view,
        marks=marks,
        marks_displayed=displayed,
    )
    return PageSource(request, _key(document_id, request))


def _check_page(document: Document, number: int) -> None:
    kind = BY_NAME.get(document.file_type)
    if kind is None or not kind.has_pages:
        raise refusal(404, "no_pages", _NO_PAGES)
    if document.page_count is not None and number > document.page_count:
        pages = "1 page" if document.page_count == 1 else f"{document.page_count:,} pages"
        raise refusal(404, "not_found", f"The document has {pages}.")


def _marks(
    session: Session, document: Document, number: int, highlight: str
) -> tuple[tuple[Place, ...], bool]:
    """Return the boxes of a chunk or sentence on a page, and whether they are as displayed."""
    named = _HIGHLIGHT.fullmatch(highlight)
    if named is None:
        raise refusal(
            422,
            "invalid_request",
            "`highlight` is the id of a chunk, or of a sentence: `<id>#<n>`.",
        )
    revisions = {document.live_revision or document.revision, document.revision}
    chunk = chunks.with_sentences(session, document.document_id, named[1].lower(), revisions)
    if chunk is None:
        raise refusal(404, "not_found", "The document has no passage with this id.")
    places = _places(chunk, number, int(named[2]) if named[2] else None)
    if places:
        return places[:MAX_MARKS], False
    # A picture has a box, but no sentences with boxes.
    if named[2] is None and chunk.box and chunk.page_num == number:
        return ((chunk.box["x0"], chunk.box["y0"], chunk.box["x1"], chunk.box["y1"]),), True
    raise refusal(404, "not_on_page", f"This passage has no known place on page {number}.")


def _places(chunk: Chunk, number: int, only: int | None) -> tuple[Place, ...]:
    """Return the different boxes on page `number` of all sentences, or of one of them."""
    sentences = chunk_sentences.decode(chunk.sentences)
    if only is not None:
        sentences = sentences[only : only + 1]
    boxes = (box for each in sentences for box in each.boxes if box.page == number)
    return tuple(dict.fromkeys((box.x0, box.y0, box.x1, box.y1) for box in boxes))


def _key(document_id: str, request: PageViewRequest) -> str:
    """Return a blob key that differs for every file, page and set of marks."""
    digest = hashlib.sha256(f"{_VERSION} {request.model_dump_json()}".encode()).hexdigest()[:32]
    ending = "png" if request.view == "picture" else "json"
    return f"{page_prefix(document_id)}/{request.page}-{digest}.{ending}"
