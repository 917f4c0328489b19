"""`quire backup` and `quire restore`, which work on the data folder and ask no server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import options, render
from services.cli.exits import FAILED, OK
from shared.settings import Settings, read_settings

DataDir = Annotated[Path | None, typer.Option(help="Data folder; without it that of the settings.")]


def backup(
    folder: Annotated[Path, typer.Argument(help="New folder for the backup.", show_default=False)],
    check: Annotated[
        bool, typer.Option("--check", help="Check the backup in FOLDER; make none.")
    ] = False,
    data_dir: DataDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Copy all data to a new folder while the server runs, and check the copy."""
    from shared.maintenance import backup as maintenance

    made = maintenance.check(folder) if check else maintenance.make(_settings(data_dir), folder)
    report = {"folder": str(folder.resolve()), **made.model_dump(mode="json")}
    if as_json:
        render.print_json(report)
    else:
        render.console().print(render.backup(report))
    raise typer.Exit(FAILED if made.faults else OK)


def restore(
    folder: Annotated[
        Path, typer.Argument(help="Folder that `quire backup` made.", show_default=False)
    ],
    data_dir: DataDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Make the data folder, which must be empty, from a backup, and verify it."""
    from services import embedded

    settings = _settings(data_dir)
    report = asyncio.run(embedded.restore_offline(settings, folder))
    report = {"data_dir": str(settings.data_dir.resolve()), **report}
    if as_json:
        render.print_json(report)
    else:
        render.console().print(render.restored(report))
    raise typer.Exit(OK if report["verify"]["ok"] else FAILED)


def _settings(data_dir: Path | None) -> Settings:
    given: dict[str, Any] = {} if data_dir is None else {"data_dir": data_dir}
    return read_settings(**given)
