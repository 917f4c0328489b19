"""`quire`: the commands that run the system, and those that are clients of it.

Results go to standard output (`--json` for scripts), all else to standard error. Exit codes are
those of `services.cli.exits`.
"""

from __future__ import annotations

import typer

from services.cli import (
    ask,
    backup,
    chunks,
    documents,
    identities,
    ingest,
    llm,
    mcp,
    operate,
    rights,
)
from services.cli.exits import Commands

app = typer.Typer(
    cls=Commands,
    help="Read documents and answer questions about them, with citations.",
    epilog="Exit codes: 0 done, 1 not done, 2 wrong usage or settings, 3 server not reachable.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

_USE = "Use"
_MANAGE = "Manage"
_RIGHTS = "Keys and rights"
_RUN = "Run"

app.command(rich_help_panel=_USE)(ingest.ingest)
app.command(rich_help_panel=_USE)(ask.ask)
app.command(rich_help_panel=_USE)(ask.search)
app.add_typer(documents.app, name="documents", rich_help_panel=_MANAGE)
app.command(rich_help_panel=_MANAGE)(documents.status)
app.command(rich_help_panel=_MANAGE)(operate.verify)
app.command("rebuild-index", rich_help_panel=_MANAGE)(operate.rebuild_index)
app.command(rich_help_panel=_MANAGE)(backup.backup)
app.command(rich_help_panel=_MANAGE)(backup.restore)
app.command(rich_help_panel=_RIGHTS)(identities.me)
identities.keys.command("new")(operate.new_key)
app.add_typer(identities.keys, name="keys", rich_help_panel=_RIGHTS)
app.add_typer(identities.principals, name="principals", rich_help_panel=_RIGHTS)
app.add_typer(rights.groups, name="groups", rich_help_panel=_RIGHTS)
app.add_typer(rights.collections, name="collections", rich_help_panel=_RIGHTS)
app.add_typer(rights.grants, name="grants", rich_help_panel=_RIGHTS)
app.add_typer(identities.audit, name="audit", rich_help_panel=_RIGHTS)
app.command(rich_help_panel=_RUN)(operate.serve)
app.command("chunks", rich_help_panel=_RUN)(chunks.chunks)
app.command(rich_help_panel=_RUN)(operate.migrate)
app.add_typer(llm.app, name="llm", rich_help_panel=_RUN)
app.command(rich_help_panel=_RUN)(mcp.mcp)
app.command(rich_help_panel=_RUN)(operate.version)

if __name__ == "__main__":
    app()
