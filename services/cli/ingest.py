"""`quire ingest`: files and folders in, a table of what became of each out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli import options, render
from services.cli.client import DEFAULT_URL, Client
from services.cli.exits import FAILED, OK, Misused
from services.cli.ingestion import READABLE, Item, find_files, send_all
from services.cli.progress import Bars


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Files and folders.", show_default=False)
    ],
    collection: options.Collection = "default",
    recursive: Annotated[
        bool, typer.Option("--recursive/--flat", help="Look into folders of folders.")
    ] = True,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait/--no-wait",
            "--watch-progress/--no-watch-progress",
            help="Follow every document to its end.",
        ),
    ] = True,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Upload documents and watch until each is completed or failed."""
    items = [Item(path, path.stat().st_size) for path in find_files(paths, recursive=recursive)]
    if not items:
        raise Misused(f"No file with one of the endings {', '.join(READABLE)} is there.")
    with Client(url, api_key) as client:
        run(client, items, {"collection": collection}, wait=wait)
    if as_json:
        render.print_json({"documents": [item.record() for item in items]})
    else:
        render.console().print(render.summary(items))
    failed = any(item.done and not item.ok for item in items)
    raise typer.Exit(FAILED if failed else OK)


def run(client: Client, items: list[Item], fields: dict[str, str], *, wait: bool = True) -> None:
    """Send and follow with bars on standard error."""
    errors = render.console(error=True)
    try:
        with Bars(items, errors) as bars:
            send_all(client, items, fields, bars, wait=wait)
    except KeyboardInterrupt:
        errors.print("The server goes on with what it has; `quire status` shows how far it is.")
        raise
