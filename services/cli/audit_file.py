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
    """Return a sentence for each fault of the log, and its last hash. Misused: it is no log."""
    try:
        return audit_chain.check(_entries(path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Misused(f"{path} is not an audit log that `quire audit export` made.") from error


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            yield entry | {"at": datetime.fromisoformat(entry["at"])}
