"""`quire`: the whole system and a client of it, for people and scripts.

Results go to standard output (`--json` for scripts), everything else to standard error. Exit codes
are those of `services.cli.exits`.
"""

from __future__ import annotations

import typer

from services.cli import ask, documents, ingest, operate
from services.cli.exits import Commands

app = typer.Typer(
    cls=Commands,
    help="Read documents and answer questions about them, with citations.",
    epilog="Exit codes: 0 done, 1 not done, 2 wrong usage, 3 server not reachable.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

_USE = "Use"
_LOOK_AFTER = "Look after"
_RUN = "Run"

app.command(rich_help_panel=_USE)(ingest.ingest)
app.command(rich_help_panel=_USE)(ask.ask)
app.command(rich_help_panel=_USE)(ask.search)
app.add_typer(documents.app, name="documents", rich_help_panel=_LOOK_AFTER)
app.command(rich_help_panel=_LOOK_AFTER)(documents.status)
app.command(rich_help_panel=_LOOK_AFTER)(operate.verify)
app.command("rebuild-index", rich_help_panel=_LOOK_AFTER)(operate.rebuild_index)
app.command(rich_help_panel=_RUN)(operate.serve)
app.command(rich_help_panel=_RUN)(operate.migrate)
app.add_typer(operate.keys, name="keys", rich_help_panel=_RUN)
app.command(rich_help_panel=_RUN)(operate.version)

if __name__ == "__main__":
    app()
