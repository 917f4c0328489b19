"""`quire chunks` shows the chunks that a file would have; it stores nothing and asks no server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import options, render
from services.cli.chunks_page import page
from shared.settings import read_settings


def chunks(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="The document.", show_default=False),
    ],
    html: Annotated[
        Path | None,
        typer.Option(help="Write a page with the chunks beside pictures of a PDF's pages."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the chunks that a document would have, without storing it."""
    # Imported here: every other command starts without the encoder and the index.
    from services import embedded

    shown = asyncio.run(
        embedded.chunks_offline(read_settings(), file.resolve(), draw=html is not None)
    )
    if html is not None:
        html.write_text(page(file.name, shown), encoding="utf-8")
        render.console(error=True).print(f"Wrote {html}.")
    elif as_json:
        render.print_json({"file_type": shown["file_type"], "chunks": shown["chunks"]})
    else:
        sys.stdout.write("\n".join(map(_text, enumerate(shown["chunks"]))))


def _text(numbered: tuple[int, dict[str, Any]]) -> str:
    number, chunk = numbered
    place = [f"page {chunk['page_num']}"] if chunk["page_num"] else []
    head = [f"#{number}", chunk["chunk_type"], *place, f"{chunk['token_count']} tokens"]
    return f"{' · '.join(filter(None, [*head, chunk['section']]))}\n{chunk['content']}\n"
