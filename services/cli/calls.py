"""Calls one route of a server and prints what it answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import typer

from services.cli import render
from services.cli.client import Client
from services.cli.exits import Commands


def group(about: str) -> typer.Typer:
    """Return an empty group of commands."""
    return typer.Typer(cls=Commands, help=about, no_args_is_help=True)


def one(url: str, api_key: str, as_json: bool, call: Callable[[Client], dict[str, Any]]) -> None:
    with Client(url, api_key) as client:
        reply = call(client)
    if as_json:
        render.print_json(reply)
    else:
        render.console().print(render.fields(reply))


def rows(
    url: str,
    api_key: str,
    as_json: bool,
    path: str,
    filters: dict[str, Any],
    columns: Iterable[str],
) -> None:
    """Print all rows of a list; --json prints one line for each."""
    with Client(url, api_key) as client:
        rows = client.pages(path, filters)
        if as_json:
            for row in rows:
                render.print_json(row)
        else:
            render.console().print(render.rows(rows, tuple(columns)))


def print_lines(url: str, api_key: str, path: str) -> None:
    with Client(url, api_key) as client:
        for line in client.lines(path):
            sys.stdout.write(f"{line}\n")
