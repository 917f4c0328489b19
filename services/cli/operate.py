"""Commands for operators: serve, verify, rebuild-index, migrate, keys, version.

`verify` and `rebuild-index` call the server; if none runs, they open the data folder directly.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable, Coroutine
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import options, render
from services.cli.client import DEFAULT_URL, Client
from services.cli.exits import FAILED, OK, Misused, Unreachable
from shared.settings import Settings, read_settings

ServerUrl = Annotated[
    str,
    typer.Option(
        "--url", envvar="QUIRE_URL", show_default=False,
        help="Address of the server; without it the local one or, if none runs, the data folder.",
    ),
]  # fmt: skip


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for all stored data.")] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="File to write the server's address to when it is ready.")
    ] = None,
) -> None:
    """Run the whole system in this process until Ctrl-C."""
    given = {"host": host, "port": port, "data_dir": data_dir}
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})

    # Imported here: every other command starts without the encoder and the index.
    from services import embedded

    def announce(address: str) -> None:
        render.console(error=True).print(f"Quire is ready at {address} (Ctrl-C stops it).")
        if ready_file is not None:
            _write_atomically(ready_file, address)

    embedded.serve(settings, announce=announce)


def verify(
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair the problems where possible.")
    ] = False,
    url: ServerUrl = "",
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Check the stored data for errors; exit code 1 if there are any."""

    def offline(settings: Settings) -> Coroutine[Any, Any, dict[str, Any]]:
        from services import embedded

        return embedded.verify_offline(settings, repair)

    report = _operate(url, api_key, lambda client: client.verify(repair=repair), offline)
    if as_json:
        render.print_json(report)
    else:
        render.console().print(render.checks(report))
    raise typer.Exit(OK if report["ok"] else FAILED)


def rebuild_index(
    url: ServerUrl = "", api_key: options.ApiKey = "", as_json: options.AsJson = False
) -> None:
    """Rebuild the vector index from the vectors stored with the chunks."""

    def offline(settings: Settings) -> Coroutine[Any, Any, dict[str, Any]]:
        from services import embedded

        return embedded.rebuild_offline(settings)

    report = _operate(url, api_key, lambda client: client.rebuild_index(), offline)
    if as_json:
        render.print_json(report)
    else:
        render.console().print(render.fields(report))


def migrate(as_json: options.AsJson = False) -> None:
    """Upgrade the database to the current schema; `serve` does this itself.

    With QUIRE_DATABASE_USERS it also makes the database users of the services.
    """
    from shared.database import rights
    from shared.database.migrate import upgrade

    settings = read_settings()
    url = settings.resolved_database_url()
    users = rights.parse_users(settings.database_users.get_secret_value())
    changed = upgrade(url)
    if users:
        rights.give(url, users)
    if as_json:
        render.print_json({"changed": changed})
    else:
        print("The database was upgraded." if changed else "The database is up to date.")


def new_key(
    name: Annotated[str, typer.Argument(help="Name of the key's owner.", show_default=False)],
    as_json: options.AsJson = False,
) -> None:
    """Make a key for the settings, QUIRE_API_KEYS: an administrator's, shown once."""
    key, entry = make_key(name, secrets.token_urlsafe(32))
    if as_json:
        render.print_json({"name": name, "key": key, "entry": entry})
        return
    print(f"Key, for the client (it can't be shown again):\n  {key}")
    print(f"Entry, for the server's QUIRE_API_KEYS (comma separated):\n  {entry}")


def make_key(name: str, secret: str) -> tuple[str, str]:
    """Return a key and its `name:sha256` entry. Misused: the name has a forbidden character."""
    if not name or not all(char.isalnum() or char in "-_." for char in name):
        raise Misused("A key's name may have only letters, digits, dots, dashes and underscores.")
    key = f"quire_{secret}"
    return key, f"{name}:{hashlib.sha256(key.encode()).hexdigest()}"


def version(as_json: options.AsJson = False) -> None:
    """Print the version."""
    number = installed_version("quire")
    if as_json:
        render.print_json({"version": number})
    else:
        print(f"quire {number}")


def _operate(
    url: str,
    api_key: str,
    online: Callable[[Client], dict[str, Any]],
    offline: Callable[[Settings], Coroutine[Any, Any, dict[str, Any]]],
) -> dict[str, Any]:
    try:
        with Client(url or DEFAULT_URL, api_key) as client:
            return online(client)
    except Unreachable:
        if url:
            raise
    settings = read_settings()
    # A missing data folder would be created, and an empty one passes every check.
    if not settings.database_url.get_secret_value() and not settings.data_dir.is_dir():
        raise Unreachable(
            f"No server runs at {DEFAULT_URL}, and the data folder {settings.data_dir} is missing."
        )
    return asyncio.run(offline(settings))


def _write_atomically(path: Path, text: str) -> None:
    """Write by rename, so that a reader never sees a partial file."""
    temporary = path.with_name(f"{path.name}.part")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
