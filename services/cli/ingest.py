"""`quire ingest` uploads files and folders and prints the result of each file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli import options, render
from services.cli.client import DEFAULT_URL, Client
from services.cli.exits import FAILED, OK, Misused
from services.cli.files import READABLE, FoundFiles, find_files
from services.cli.ingestion import Item, send_all
from services.cli.progress import Bars


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Files and folders.", show_default=False)
    ],
    collection: options.Collection = "default",
    recursive: Annotated[
        bool, typer.Option("--recursive/--flat", help="Include subfolders.")
    ] = True,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait/--no-wait",
            "--watch-progress/--no-watch-progress",
            help="Wait until every document is completed or failed.",
        ),
    ] = True,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Upload documents and wait until each is completed or failed.

    Files in folders that Quire can't read are listed as skipped and don't change the exit code.
    """
    found = find_files(paths, recursive=recursive)
    if not found.readable:
        raise Misused(_nothing(found))
    items = [Item(path, path.stat().st_size) for path in found.readable]
    with Client(url, api_key) as client:
        run(client, items, {"collection": collection}, wait=wait)
    if as_json:
        skipped = [{"path": str(path), "reason": why} for path, why in found.skipped.items()]
        documents = [item.record() for item in items]
        render.print_json({"documents": documents, "skipped": skipped, "hidden": found.hidden})
    else:
        render.console().print(render.summary(items, found.skipped, found.hidden))
    failed = any(item.done and not item.ok for item in items)
    raise typer.Exit(FAILED if failed else OK)


def run(client: Client, items: list[Item], fields: dict[str, str], *, wait: bool = True) -> None:
    """Send and follow the files, with progress bars on standard error."""
    errors = render.console(error=True)
    try:
        with Bars(items, errors) as bars:
            send_all(client, items, fields, bars, wait=wait)
    except KeyboardInterrupt:
        errors.print("The server continues with the files it has; see `quire status`.")
        raise


def _nothing(found: FoundFiles) -> str:
    left_out = f"{len(found.skipped):,} skipped, {found.hidden:,} hidden"
    reasons = " ".join(sorted(set(found.skipped.values()))[:5])
    return f"No file of type {', '.join(READABLE)} was found ({left_out}). {reasons}".strip()
