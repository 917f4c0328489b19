"""`quire ask` prints an answer with citations, `quire search` the passages alone."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.cli import options, render
from services.cli.client import DEFAULT_URL, Client

Documents = Annotated[
    list[str] | None,
    typer.Option("--document", "-d", help="Search only this document; may be repeated."),
]
OnlyCollection = Annotated[
    str | None, typer.Option("--collection", "-c", help="Search only this collection.")
]
TopK = Annotated[
    int | None, typer.Option("--top-k", "-k", min=1, max=100, help="Number of passages.")
]


def ask(
    question: Annotated[str, typer.Argument(help="The question.", show_default=False)],
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
    text: Annotated[str, typer.Argument(help="The text to search for.", show_default=False)],
    documents: Documents = None,
    collection: OnlyCollection = None,
    top_k: TopK = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List the passages nearest to a text."""
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
    """Return the body of a request; options that are not given keep the server's defaults."""
    body: dict[str, Any] = {"query": text}
    if top_k is not None:
        body["top_k"] = top_k
    if documents:
        body["document_ids"] = documents
    if collection is not None:
        body["filters"] = {"collection": collection}
    return body
