"""The results of MCP tools. `search` and `fetch` have the shapes that hosts for deep research ask.

A result is sent as structured content, which its JSON schema describes, and as JSON text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A part of a result. Errors about it, which are logged, do not show its content."""

    model_config = ConfigDict(hide_input_in_errors=True)


class Found(Shape):
    """A passage that was found."""

    id: str = Field(description="Give it to `fetch` to read the passage")
    title: str
    url: str = Field(description="Page on which a person sees the passage, marked")


class SearchResult(Shape):
    """The passages that were found, best first."""

    results: list[Found]


class FetchResult(Shape):
    """The text of a passage or a document."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, Any] = Field(
        description="Of a document, `next_id` is the id of what follows, if the text is only a part"
    )


class CitedQuote(Shape):
    """A literal quote from a document, `[index]` in the answer."""

    index: int
    quote: str
    title: str
    page: int | None
    id: str = Field(description="Give it to `fetch` to read the passage around the quote")
    url: str


class AskResult(Shape):
    """An answer from the documents with its sources."""

    answer: str
    answered: bool = Field(description="False: the documents do not answer the question")
    grounding: str = Field(description="cited, ungrounded (no source can be checked) or abstained")
    citations: list[CitedQuote]
    query_id: str


class ListedDocument(Shape):
    """A document of a list."""

    id: str
    title: str
    file_name: str
    collection: str
    status: str
    page_count: int | None
    url: str


class DocumentList(Shape):
    """A page of documents, newest first."""

    documents: list[ListedDocument]
    total: int
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page")


class DocumentStatus(Shape):
    """How far the work on a document is."""

    id: str
    status: str = Field(description="completed: all of it can be found; failed: see `error`")
    progress: float = Field(description="0 to 100")
    current_step: str
    page_count: int | None
    eta_seconds: float | None
    error: dict[str, Any] | None
    url: str


def found(address: str, passage: Mapping[str, Any]) -> Found:
    """Return a passage of the API as a search result."""
    title = passage["title"] or passage["source"]
    return Found(
        id=passage_id(passage["document_id"], passage["chunk_id"]),
        title=f"{title}, page {passage['page']}" if passage["page"] else title,
        url=page_url(address, passage["document_id"], passage["page"], passage["chunk_id"]),
    )


def answer(address: str, given: Mapping[str, Any]) -> AskResult:
    """Return an answer of the API with its citations."""
    return AskResult(
        answer=given["response"],
        answered=given["answered"],
        grounding=given["grounding"],
        citations=[_cited(address, each) for each in given["citations"]],
        query_id=given["query_id"],
    )


def _cited(address: str, given: Mapping[str, Any]) -> CitedQuote:
    document_id, chunk_id = given["document_id"], given["chunk_id"]
    mark = (given["sentence_ids"] or [chunk_id])[0]
    return CitedQuote(
        index=given["index"],
        quote=given["quote"],
        title=given["title"] or given["source"],
        page=given["page"],
        id=passage_id(document_id, chunk_id),
        url=page_url(address, document_id, given["page"], mark),
    )


def listed(address: str, document: Mapping[str, Any]) -> ListedDocument:
    """Return a document of the API as an entry of a list."""
    return ListedDocument(
        id=document["document_id"],
        title=document["title"] or document["file_name"],
        file_name=document["file_name"],
        collection=document["collection"],
        status=document["status"],
        page_count=document["page_count"],
        url=page_url(address, document["document_id"]),
    )


def status(address: str, given: Mapping[str, Any]) -> DocumentStatus:
    """Return the state of the work on a document."""
    names = ("status", "progress", "current_step", "page_count", "eta_seconds", "error")
    document_id = given["document_id"]
    return DocumentStatus(
        id=document_id,
        url=page_url(address, document_id),
        **{name: given[name] for name in names},
    )


def passage_id(document_id: str, chunk_id: str) -> str:
    """Return the id by which `fetch` knows a passage."""
    return f"{document_id}/{chunk_id}"


def page_url(address: str, document_id: str, page: int | None = None, mark: str = "") -> str:
    """Return the address of the page that shows a document, at a passage or sentence if given.

    >>> page_url("http://localhost:8000", "d", 4, "c#2")
    'http://localhost:8000/documents/d?page=4&mark=c%232'
    """
    given = ({"page": str(page)} if page else {}) | ({"mark": mark} if mark else {})
    shown = f"{address}/documents/{quote(document_id, safe='')}"
    return f"{shown}?{urlencode(given)}" if given else shown
