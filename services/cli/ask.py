"""`quire ask` and `quire search`: a question in, an answer with citations or passages out."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.cli import options, render
from services.cli.client import DEFAULT_URL, Client

Documents = Annotated[
    list[str] | None,
    typer.Option("--document", "-d", help="Only in this document; may be given several times."),
]
OnlyCollection = Annotated[
    str | None, typer.Option("--collection", "-c", help="Only in this collection.")
]
TopK = Annotated[int | None, typer.Option("--top-k", "-k", min=1, max=100, help="Passages used.")]


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.", show_default=False)],
    documents: Documents = None,
    collection: OnlyCollection = None,
    top_k: TopK = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Answer a question from the documents, with citations."""
    with Client(url, api_key) as client:
        reply = client.ask(query(question, documents, collection, top_k))
    if as_json:
        render.print_json(reply)
    else:
        render.console().print(render.answer(question, reply))


def search(
    text: Annotated[str, typer.Argument(help="What to look for.", show_default=False)],
    documents: Documents = None,
    collection: OnlyCollection = None,
    top_k: TopK = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List the passages that are nearest to a query."""
    with Client(url, api_key) as client:
        reply = client.search(query(text, documents, collection, top_k))
    if as_json:
        render.print_json(reply)
    else:
        render.console().print(render.passages(reply))


def query(
    text: str,
    documents: list[str] | None = None,
    collection: str | None = None,
    top_k: int | None = None,
) -> dict[str, Any]:
    """The body of a question; what is not asked for is left to the server."""
    body: dict[str, Any] = {"query": text}
    if top_k is not None:
        body["top_k"] = top_k
    if documents:
        body["document_ids"] = documents
    if collection is not None:
        body["filters"] = {"collection": collection}
    return body
