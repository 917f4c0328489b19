"""Renders tables and panels for standard output; texts from documents are never read as markup."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.cli.ingestion import Item

# Files in the table after an ingestion, about two screens; a longer list hides the failures.
ROWS_SHOWN = 50
_STYLES = {
    "completed": "green",
    "completed_empty": "yellow",
    "processing": "cyan",
    "failed": "red",
    "cancelled": "yellow",
}


def print_json(value: object) -> None:
    """Print a value as JSON on one line."""
    print(json.dumps(value, ensure_ascii=False, default=str))


def state(status: str) -> Text:
    return Text(status, style=_STYLES.get(status, ""))


def summary(
    items: Sequence[Item], skipped: Mapping[Path, str] | None = None, hidden: int = 0
) -> RenderableType:
    """Return the problems and counts of an ingestion, and a table of up to `ROWS_SHOWN` files."""
    skipped = skipped or {}
    parts: list[RenderableType] = [_items(items)] if len(items) <= ROWS_SHOWN else []
    parts += [_problem(item) for item in items if item.error_code]
    parts += [
        _entry(f"- {path}", "yellow", f"skipped: {reason}")
        for path, reason in islice(skipped.items(), ROWS_SHOWN)
    ]
    if len(skipped) > ROWS_SHOWN:
        parts.append(Text(f"… and {len(skipped) - ROWS_SHOWN:,} more skipped; --json lists all"))
    parts.append(Text(_counts(items, len(skipped), hidden)))
    return Group(*parts)


def rows(found: Iterable[dict[str, Any]], columns: Sequence[str]) -> Table:
    """Return a table of some fields of rows, by the fields' names."""
    table = _table(*(name.replace("_", " ").capitalize() for name in columns))
    for row in found:
        table.add_row(*(Text(plain(row.get(name))) for name in columns))
    return table


def plain(value: object) -> str:
    """Return a field's value as text: lists with commas, and objects in them by their names."""
    if isinstance(value, list):
        return ", ".join(
            str(each.get("name", each)) if isinstance(each, dict) else str(each) for each in value
        )
    return "" if value is None else str(value)


def documents(rows: Iterable[dict[str, Any]]) -> Table:
    table = _table("Document", "File", "Status", ">Pages", ">Chunks", "Collection", "Uploaded")
    for row in rows:
        table.add_row(
            Text(row["document_id"]),
            Text(row["file_name"]),
            state(row["status"]),
            _figure(row.get("page_count")),
            _figure(row.get("total_chunks")),
            Text(row["collection"]),
            str(row["created_at"])[:16].replace("T", " "),
        )
    return table


def fields(values: dict[str, Any]) -> Table:
    """Return a table of names and values; empty values are left out."""
    table = Table.grid(padding=(0, 2))
    for name, value in values.items():
        if value not in (None, "", {}, []):
            is_object = isinstance(value, dict)
            shown = json.dumps(value, ensure_ascii=False) if is_object else plain(value)
            table.add_row(Text(name, style="dim"), Text(shown))
    return table


def answer(question: str, reply: dict[str, Any]) -> Panel:
    """Return an answer with its citations: document, page and quote."""
    response = Text(reply["response"], style="" if reply.get("answered", True) else "yellow")
    cited = [citation(entry) for entry in reply["citations"]]
    gap = [Text()] if cited else []
    asked = [Text(question, style="bold"), *similar_words(reply)]
    body = Group(*asked, Text(), response, *gap, *cited)
    took = f"{reply['latency_ms']:.0f} ms"
    return Panel(body, subtitle=took, subtitle_align="right", padding=(1, 2))


def similar_words(reply: dict[str, Any]) -> list[Text]:
    """Return a line for each word that no document has, with those searched instead."""
    return [
        Text(f"“{word}” is in no document; searched for {', '.join(words)}.", style="dim")
        for word, words in reply.get("similar_words", {}).items()
    ]


def citation(entry: dict[str, Any]) -> Text:
    page = _page(entry)
    return Text.assemble(
        (f"[{entry['index']}] ", "bold"),
        (f"{entry.get('source') or entry['title']}{page}", "cyan"),
        "\n    ",
        (f"“{' '.join(entry['quote'].split())}”", "italic dim"),
    )


def _page(entry: dict[str, Any]) -> str:
    """Return the page of a quote, with the number that the document itself gives it."""
    if not entry.get("page"):
        return ""
    page, label = str(entry["page"]), entry.get("page_label")
    return f", page {page} ({label})" if label and label != page else f", page {page}"


def passages(reply: dict[str, Any], *, width: int = 300) -> Group:
    """Return the passages, best first, each cut to `width` characters."""
    found = []
    for number, passage in enumerate(reply["passages"], start=1):
        page = f", page {passage['page']}" if passage.get("page") else ""
        place = f"{passage.get('source') or passage['title']}{page}"
        text = " ".join(passage["content"].split())
        found.append(
            Text.assemble(
                (f"{number}. ", "bold"),
                (place, "cyan"),
                (f"  {passage['score']:.3f}  {passage['chunk_type']}\n", "dim"),
                f"   {text[:width]}{'…' if len(text) > width else ''}\n",
            )
        )
    return Group(*similar_words(reply), *(found or [Text("Nothing was found.")]))


def checks(report: dict[str, Any]) -> Group:
    """Return the report of `verify`: a line for each rule, with the first problems of each."""
    lines = [line for check in report["checks"] for line in _check(check)]
    verdict = ("All checks passed.", "green") if report["ok"] else ("Problems were found.", "red")
    return Group(*lines, Text.assemble(verdict))


def backup(report: dict[str, Any]) -> Group:
    """Return the content of a backup, and the files that the data folder itself lacked."""
    faults = [Text(f"✗ {fault}", "red") for fault in report["faults"]]
    verdict = ("The backup is complete.", "green")
    if faults:
        verdict = ("The data folder has lost these files; all else is in the backup.", "red")
    return Group(_content(report), *faults, Text.assemble(verdict))


def restored(report: dict[str, Any]) -> Group:
    """Return the restored content, its checks, and how many documents are read again."""
    lines: list[RenderableType] = [_content(report), checks(report["verify"])]
    if report["reprocessed"]:
        again = f"{report['reprocessed']:,} documents have vectors of another encoder."
        lines.append(Text(f"{again} The server reads them again; they lack vectors until then."))
    return Group(*lines)


def console(*, error: bool = False) -> Console:
    return Console(stderr=error)


def _content(report: dict[str, Any]) -> Table:
    hidden = ("format", "database_sha256", "faults", "verify")
    return fields({name: value for name, value in report.items() if name not in hidden})


def _items(items: Sequence[Item]) -> Table:
    table = _table("File", "Status", ">Pages", ">Chunks", ">Seconds")
    for column in table.columns[1:]:
        # Rich narrows only columns that may wrap, so the file name alone gives way.
        column.no_wrap = True
    for item in items:
        status = state(item.status)
        if item.duplicate:
            status.append(", stored before", "dim")
        figures = (_figure(item.pages), _figure(item.chunks), _figure(item.seconds))
        name = Text(item.path.name, no_wrap=True, overflow="ellipsis")
        table.add_row(name, status, *figures)
    return table


def _problem(item: Item) -> RenderableType:
    mark, style = ("!", "yellow") if item.ok else ("✗", "red")
    reason = f"{item.error_code}: {item.error_message or ''}".removesuffix(": ")
    return _entry(f"{mark} {item.path}", style, reason)


def _entry(heading: str, style: str, reason: str) -> RenderableType:
    return Group(Text(heading, style, overflow="fold"), Padding(Text(reason), (0, 0, 0, 4)))


def _check(check: dict[str, Any]) -> list[Text]:
    mark = ("✓ ", "green") if check["ok"] else ("✗ ", "red")
    repaired = f" ({check['repaired']} repaired)" if check["repaired"] else ""
    problems = [] if check["ok"] else [Text(f"    {one}", "red") for one in check["examples"]]
    return [Text.assemble(mark, check["rule"], (repaired, "yellow")), *problems]


def _table(*headings: str) -> Table:
    """Return an empty table; a heading that begins with `>` is a right-aligned column."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        if heading.startswith(">"):
            table.add_column(heading[1:], justify="right")
        else:
            table.add_column(heading, overflow="fold")
    return table


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else f"{value:,}"


def _counts(items: Sequence[Item], skipped: int, hidden: int) -> str:
    completed = sum(item.ok for item in items)
    failed = sum(item.done and not item.ok for item in items)
    chunks = sum(item.chunks or 0 for item in items)
    under_way = len(items) - completed - failed
    parts = [f"{completed:,} completed", f"{failed:,} failed"]
    parts += [f"{under_way:,} in progress"] if under_way else []
    parts += [f"{skipped:,} skipped"] if skipped else []
    parts += [f"{hidden:,} hidden"] if hidden else []
    return f"{', '.join(parts)}; {chunks:,} chunks"
