"""The chain of the audit log: each entry's hash covers the entry and the hash before. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

# The hash before the first entry.
START = "0" * 64
# Faults that are told; after so many the log is broken for good.
_MOST_FAULTS = 20
_HASHED = (
    "seq",
    "at",
    "principal_id",
    "key_id",
    "action",
    "object",
    "result",
    "address",
    "correlation_id",
    "details",
)


def digest(entry: Mapping[str, Any], previous_hash: str) -> str:
    """Return the hash of an entry that follows the one with `previous_hash`."""
    values = {name: entry[name] for name in _HASHED}
    values["at"] = values["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous_hash}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def closing(seq: int, last_hash: str) -> dict[str, Any]:
    """Return the last line of an export, without which it is not whole.

    >>> closing(2, "ab")
    {'end': {'entries': 2, 'hash': 'ab'}}
    """
    return {"end": {"entries": seq, "hash": last_hash}}


def check(entries: Iterable[Mapping[str, Any]]) -> tuple[list[str], str]:
    """Return a sentence for each fault of a whole log, and the last hash."""
    faults: list[str] = []
    seq, previous = 0, START
    for entry in entries:
        if entry["seq"] != seq + 1:
            faults.append(f"entries from {seq + 1} on are missing before entry {entry['seq']}")
        elif entry["previous_hash"] != previous:
            faults.append(f"entry {entry['seq']} does not follow the one before it")
        if entry["hash"] != digest(entry, entry["previous_hash"]):
            faults.append(f"entry {entry['seq']} was changed")
        seq, previous = entry["seq"], entry["hash"]
        if len(faults) >= _MOST_FAULTS:
            break
    return faults, previous
