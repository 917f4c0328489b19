"""`quire documents …` and `quire status`: the stored documents and the work on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from services.cli import options, render
from services.cli.client import DEFAULT_URL, Client
from services.cli.exits import Commands
from services.cli.stale import reprocess_stale

UNDER_WAY = ("processing", "pending")
SHOWN = 50  # documents listed by default, about two screens

app = typer.Typer(
    cls=Commands, help="List, show, delete, reprocess or cancel documents.", no_args_is_help=True
)


@app.command("list")
def list_documents(
    status: Annotated[
        str | None, typer.Option("--status", "-s", help="List only documents in this state.")
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option("--collection", "-c", help="List only documents of this collection."),
    ] = None,
    parent: Annotated[
        str | None,
        typer.Option(help="List only documents made of files in this archive or e-mail."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="Largest number of documents.")
    ] = 50,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List documents, newest first; --json prints one line for each."""
    asked = {"status": status, "collection": collection, "parent_id": parent}
    filters = {name: value for name, value in asked.items() if value is not None}
    with Client(url, api_key) as client:
        rows = client.documents(filters, limit=limit)
        if as_json:
            for row in rows:
                render.print_json(row)
        else:
            render.console().print(render.documents(rows))


@app.command()
def show(
    document_id: options.DocumentId,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Show all fields of a document."""
    _one(url, api_key, as_json, lambda client: client.document(document_id))


@app.command()
def delete(
    document_id: options.DocumentId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Delete a document everywhere: its file, its chunks and its vectors."""
    if not yes:
        typer.confirm(f"Delete {document_id} permanently?", abort=True, err=True)
    _one(url, api_key, as_json, lambda client: client.delete(document_id))


@app.command()
def reprocess(
    document_id: Annotated[
        str | None, typer.Argument(help="Id of the document.", show_default=False)
    ] = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="All documents that an older version read.")
    ] = False,
    collection: Annotated[
        str | None,
        typer.Option("--collection", "-c", help="With --stale: only those of this collection."),
    ] = None,
    ocr_languages: Annotated[
        str | None,
        typer.Option(help="Languages of scanned pages from now on, such as deu+eng."),
    ] = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Read documents again with the current settings; answers use the old chunks until then."""
    if stale == (document_id is not None):
        raise typer.BadParameter("give the id of a document, or --stale")
    if document_id is not None:
        _one(url, api_key, as_json, lambda client: client.reprocess(document_id, ocr_languages))
        return
    with Client(url, api_key) as client:
        ended = reprocess_stale(client, collection, ocr_languages)
    if as_json:
        for row in ended:
            render.print_json(row)
    else:
        failed = sum(row["status"] == "failed" for row in ended)
        render.console().print(f"{len(ended)} documents were read again; {failed} failed.")


@app.command()
def cancel(
    document_id: options.DocumentId,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Stop processing a document."""
    _one(url, api_key, as_json, lambda client: client.cancel(document_id))


def status(
    document_id: Annotated[
        str | None,
        typer.Argument(help="Id of a document; without it, all that are being processed."),
    ] = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Show the progress of a document, or whether the server is ready and what it processes."""
    if document_id is not None:
        _one(url, api_key, as_json, lambda client: client.status(document_id))
        return
    with Client(url, api_key) as client:
        ready = client.ready()
        working = [
            row for state in UNDER_WAY for row in client.documents({"status": state}, limit=SHOWN)
        ]
    if as_json:
        render.print_json({"ready": ready, "working": working})
        return
    out = render.console()
    out.print(f"The server at {url} is ready.")
    out.print(render.documents(working) if working else "No document is being processed.")


def _one(url: str, api_key: str, as_json: bool, call: Callable[[Client], dict[str, Any]]) -> None:
    with Client(url, api_key) as client:
        reply = call(client)
    if as_json:
        render.print_json(reply)
    else:
        render.console().print(render.fields(reply))
