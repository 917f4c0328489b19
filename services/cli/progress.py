"""Progress bars on standard error: one for each document, and a total with the time left."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from services.cli.ingestion import WAITING, Item

# Bars; with the total they fit a terminal of 24 lines.
SHOWN_AT_ONCE = 10
_NAME_WIDTH = 40  # columns of 80; the bar and its figures take the rest


class Bars:
    """Shows an ingestion as bars; a `View`."""

    def __init__(self, items: Sequence[Item], console: Console) -> None:
        self._items = items
        self._console = console
        self._bytes = max(1, sum(item.size for item in items))
        self._rows: dict[int, TaskID] = {}
        self._announced: set[int] = set()
        self._progress = Progress(
            TextColumn("{task.description}", table_column=Column(width=_NAME_WIDTH, no_wrap=True)),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._total = self._progress.add_task(
            f"[bold]{len(items)} files" if len(items) != 1 else "[bold]1 file",
            total=self._bytes,
            note="",
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._progress.stop()

    def changed(self, item: Item) -> None:
        if item.done:
            self._finish(item)
        elif item.status != WAITING:
            self._show(item)
        done = sum(_share(other) for other in self._items)
        note = f"{sum(other.done for other in self._items)} done"
        self._progress.update(self._total, completed=done, note=note)

    def _show(self, item: Item) -> None:
        row = self._rows.get(id(item))
        if row is None and len(self._rows) < SHOWN_AT_ONCE:
            row = self._progress.add_task(escape(item.path.name), total=100, note="")
            self._rows[id(item)] = row
        if row is not None:
            self._progress.update(row, completed=item.progress, note=item.status)

    def _finish(self, item: Item) -> None:
        row = self._rows.pop(id(item), None)
        if row is not None:
            self._progress.remove_task(row)
        if id(item) not in self._announced:
            self._announced.add(id(item))
            self._console.print(_line(item), highlight=False)


def _share(item: Item) -> float:
    """Return the bytes of this item that count as done: those processed, not those sent."""
    if item.done:
        return item.size
    return item.size * item.progress / 100 if item.document_id else 0.0


def _line(item: Item) -> str:
    mark = "[green]✓[/]" if item.ok else "[red]✗[/]"
    reason = f" [red]{item.error_code}[/]" if item.error_code and not item.ok else ""
    return f"{mark} {escape(item.path.name)}{reason}"
