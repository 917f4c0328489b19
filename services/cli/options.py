"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Url = Annotated[str, typer.Option("--url", envvar="QUIRE_URL", help="Address of the server.")]
ApiKey = Annotated[
    str,
    typer.Option("--api-key", envvar="QUIRE_API_KEY", help="API key, if the server requires one."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Collection = Annotated[str, typer.Option("--collection", "-c", help="Collection of documents.")]
DocumentId = Annotated[str, typer.Argument(help="Id of the document.", show_default=False)]
