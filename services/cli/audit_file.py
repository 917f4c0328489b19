"""Reads an exported audit log, to check its chain without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from services.cli.exits import Misused
from shared.domain import audit_chain


def faults(path: Path) -> tuple[list[str], str]:
    """Return a sentence for each fault of the log, and its last hash. Misused: it is no log.

    An export that was cut off has a valid chain, but not the line that ends it.
    """
    ends: list[dict[str, Any]] = []
    try:
        found, last = audit_chain.check(_entries(path, ends))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Misused(f"{path} is not an audit log that `quire audit export` made.") from error
    if not found and [each["hash"] for each in ends] != [last]:
        found.append("the export is not whole: the line that ends it is missing, or is of another")
    return found, last


def _entries(path: Path, ends: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the entries, and put what the last line says of them into `ends`."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if "end" in entry:
                ends.append(entry["end"])
                continue
            yield entry | {"at": datetime.fromisoformat(entry["at"])}
