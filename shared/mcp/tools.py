"""The tools: what each takes, which routes of the API it asks, and what it returns.

A tool has no rights of its own. It sends requests as the caller, and the routes decide.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field

from shared.mcp import reading, results
from shared.mcp.base import Api, Picture, Request, ToolFailure, get, get_bytes, post, send

# Bytes. The file is in memory several times while it is decoded; larger ones are sent over HTTP.
MAX_FILE = 8 * 1024 * 1024
_TOO_LARGE = (
    f"A file sent as a tool's argument may have {MAX_FILE // 1024**2} MiB. Upload larger ones with"
    " `POST /api/v1/documents/upload`."
)
_NO_BASE64 = "content_base64 is not valid base64."
_NOT_ONE_CONTENT = "Give either `text` or `content_base64`."


class Arguments(BaseModel):
    """Arguments of a tool; unknown ones are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")


DocumentId = Annotated[str, Field(description="Id of a document, as `list_documents` gives it")]
Collection = Annotated[str, Field(description="Only this collection; empty: all")]


class Search(Arguments):
    query: str = Field(description="Words or a question, in natural language")


class Fetch(Arguments):
    id: str = Field(description="Id of a result of `search`, or of a document")


class Ask(Arguments):
    question: str
    collection: Collection = ""
    document_ids: list[str] = Field([], description="Only these documents; empty: all")


class ListDocuments(Arguments):
    name: str = Field("", description="A part of the title or the file's name")
    collection: Collection = ""
    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", description="`next_cursor` of the page before")


class OneDocument(Arguments):
    document_id: DocumentId


class PageImage(Arguments):
    document_id: DocumentId
    page: int = Field(ge=1, description="Counted from 1")
    highlight: str = Field("", description="Id of a passage, as `search` gives it, to mark")


class Upload(Arguments):
    file_name: str = Field(min_length=1, description="With the ending of its type, such as a.md")
    text: str = Field("", description="Content of a text file")
    content_base64: str = Field("", description="Content of any other file")
    collection: str = Field("", description="Collection to put it into; empty: the default one")
    title: str = ""


Result = BaseModel | Picture


@dataclass(frozen=True)
class Tool:
    """A tool; `result` is None for one that returns a picture."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    result: type[BaseModel] | None
    run: Callable[[Api, Any], Awaitable[Result]]
    writes: bool = False
    destroys: bool = False


async def _search(api: Api, given: Search) -> Result:
    reply = await post(api, "/api/v1/query/retrieve", {"query": given.query})
    return results.SearchResult(
        results=[results.found(api.address, each) for each in reply["passages"]]
    )


async def _fetch(api: Api, given: Fetch) -> Result:
    return await reading.read(api, given.id)


async def _ask(api: Api, given: Ask) -> Result:
    question: dict[str, Any] = {"query": given.question}
    if given.document_ids:
        question["document_ids"] = given.document_ids
    if given.collection:
        question["filters"] = {"collection": given.collection}
    return results.answer(api.address, await post(api, "/api/v1/query", question))


async def _list(api: Api, given: ListDocuments) -> Result:
    page = await get(api, reading.DOCUMENTS, **given.model_dump())
    return results.DocumentList(
        documents=[results.listed(api.address, each) for each in page["documents"]],
        total=page["total"],
        next_cursor=page["next_cursor"],
    )


async def _page_image(api: Api, given: PageImage) -> Result:
    path = f"{reading.document_path(given.document_id)}/pages/{given.page}.png"
    mark = given.highlight.rpartition("/")[2]
    return Picture(await get_bytes(api, path, highlight=mark))


async def _status(api: Api, given: OneDocument) -> Result:
    path = f"/api/v1/processing/status/{reading.checked(given.document_id)}"
    return results.status(api.address, await get(api, path))


async def _upload(api: Api, given: Upload) -> Result:
    content = _content(given)
    fields = {"collection": given.collection, "title": given.title}
    form = httpx.Request(
        "POST",
        "http://form",
        data={name: value for name, value in fields.items() if value},
        files={"file": (given.file_name, content)},
    )
    request = Request(
        "POST",
        f"{reading.DOCUMENTS}/upload",
        body=form.read(),
        content_type=form.headers["Content-Type"],
    )
    document = orjson.loads(await send(api, request))
    return results.listed(api.address, document)


def _content(given: Upload) -> bytes:
    if bool(given.text) == bool(given.content_base64):
        raise ToolFailure(_NOT_ONE_CONTENT, code="invalid_request", status=422)
    try:
        content = given.text.encode() or base64.b64decode(given.content_base64, validate=True)
    except (binascii.Error, ValueError):
        raise ToolFailure(_NO_BASE64, code="invalid_request", status=422) from None
    if len(content) > MAX_FILE:
        raise ToolFailure(_TOO_LARGE, code="too_large", status=413)
    return content


async def _delete(api: Api, given: OneDocument) -> Result:
    request = Request("DELETE", reading.document_path(given.document_id))
    return results.listed(api.address, orjson.loads(await send(api, request)))


TOOLS = (
    Tool(
        "search",
        "Search the documents",
        "Find passages of the organisation's documents by meaning, words and codes. Returns ids,"
        " titles and addresses; read the passages with `fetch`.",
        Search,
        results.SearchResult,
        _search,
    ),
    Tool(
        "fetch",
        "Read a passage or a document",
        "Return the text of a passage that `search` found, or of a document. A long document comes"
        " in parts: fetch `metadata.next_id` for the next one.",
        Fetch,
        results.FetchResult,
        _fetch,
    ),
    Tool(
        "ask",
        "Ask the documents",
        "Answer a question from the documents, with literal quotes, pages and addresses as its"
        " sources. If the documents do not answer it, the answer says so.",
        Ask,
        results.AskResult,
        _ask,
    ),
    Tool(
        "list_documents",
        "List documents",
        "List the documents that can be searched, newest first.",
        ListDocuments,
        results.DocumentList,
        _list,
    ),
    Tool(
        "get_page_image",
        "Show a page",
        "Return a picture of a page of a PDF or another document with fixed pages.",
        PageImage,
        None,
        _page_image,
    ),
    Tool(
        "document_status",
        "Show the state of a document",
        "Tell how far the work on an uploaded document is, and why it failed if it did.",
        OneDocument,
        results.DocumentStatus,
        _status,
    ),
    Tool(
        "upload_document",
        "Upload a document",
        "Store a file and read it. `document_status` tells when it can be searched.",
        Upload,
        results.ListedDocument,
        _upload,
        writes=True,
    ),
    Tool(
        "delete_document",
        "Delete a document",
        "Delete a document with everything that was made of it. This can't be undone.",
        OneDocument,
        results.ListedDocument,
        _delete,
        writes=True,
        destroys=True,
    ),
)


def tools_of(*, writes: bool) -> dict[str, Tool]:
    """Return the tools by name; those that change documents only with `writes`."""
    return {tool.name: tool for tool in TOOLS if writes or not tool.writes}
