"""Reads texts of passages and documents for `fetch` and for resources.

Text that a reader of the file can't see, or that is struck out, is left out: a document must not be
able to tell a language model what its readers don't see.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.mcp.base import Api, ToolFailure, get
from shared.mcp.results import FetchResult, page_url, passage_id

DOCUMENTS = "/api/v1/documents"
# Passages of one part of a document, about 50,000 characters: a few thousand words are read at
# once, and a host's context is not filled by one call.
PASSAGES = 50
_SHOWN = ("file_name", "file_type", "collection", "status", "page_count", "created_at")
_NO_SUCH_ID = (
    "There is no passage or document with this id. `search` and `list_documents` give ids."
)


async def read(api: Api, id_: str) -> FetchResult:
    """Return the text of an id: `DOCUMENT`, its further part `DOCUMENT@CURSOR`, `DOCUMENT/PASSAGE`.

    ToolFailure: there is no such text for this caller.
    """
    document_id, slash, chunk_id = id_.partition("/")
    document_id, _, cursor = document_id.partition("@")
    document = await get(api, document_path(document_id))
    if slash:
        return await _passage(api, document, chunk_id)
    return await _part(api, document, cursor)


async def _passage(api: Api, document: Mapping[str, Any], chunk_id: str) -> FetchResult:
    document_id = document["document_id"]
    chunk = await get(api, f"{document_path(document_id)}/chunks/{checked(chunk_id)}")
    about = {"page": chunk["page"], "section": chunk["section"], "chunk_type": chunk["chunk_type"]}
    return FetchResult(
        id=passage_id(document_id, chunk["chunk_id"]),
        title=_title(document),
        text=visible_text(chunk),
        url=page_url(api.address, document_id, chunk["page"], chunk["chunk_id"]),
        metadata=_metadata(document, about),
    )


async def _part(api: Api, document: Mapping[str, Any], cursor: str) -> FetchResult:
    document_id = document["document_id"]
    page = await get(
        api,
        f"{document_path(document_id)}/chunks",
        cursor=cursor,
        limit=PASSAGES,
        sentences="true",
    )
    following = page["next_cursor"]
    first = page["chunks"][0]["page"] if cursor and page["chunks"] else None
    return FetchResult(
        id=f"{document_id}@{cursor}" if cursor else document_id,
        title=_title(document),
        text="\n\n".join(filter(None, map(visible_text, page["chunks"]))),
        url=page_url(api.address, document_id, first),
        metadata=_metadata(
            document, {"next_id": f"{document_id}@{following}" if following else None}
        ),
    )


def document_path(document_id: str) -> str:
    """Return the path of a document in the API. ToolFailure: the id can't be one."""
    return f"{DOCUMENTS}/{checked(document_id)}"


def checked(id_: str) -> str:
    """Return the id of a document or a passage as a part of a path.

    ToolFailure: it has another form; as a part of a path it could lead to another route.
    """
    try:
        return str(UUID(id_))
    except ValueError:
        raise ToolFailure(_NO_SUCH_ID, code="not_found", status=404) from None


def visible_text(chunk: Mapping[str, Any]) -> str:
    """Return the text of a chunk without its sentences that are hidden or struck out.

    >>> shown = {"start": 0, "end": 5, "hidden": False, "struck": False}
    >>> unseen = {"start": 6, "end": 12, "hidden": True, "struck": False}
    >>> visible_text({"content": "Seen. Unseen", "sentences": [shown, unseen]})
    'Seen.'
    """
    pieces: list[str] = []
    at = 0
    for each in chunk["sentences"] or ():
        if each["hidden"] or each["struck"]:
            pieces.append(chunk["content"][at : each["start"]])
            at = max(at, each["end"])
    return "".join([*pieces, chunk["content"][at:]]).strip()


def _title(document: Mapping[str, Any]) -> str:
    return str(document["title"] or document["file_name"])


def _metadata(document: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: document[name] for name in _SHOWN}
    given = {"document_id": document["document_id"], **shown, **more}
    return {name: value for name, value in given.items() if value not in (None, "")}
