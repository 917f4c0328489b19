"""Passwords of the servers and users of one local cluster, in a file that only its owner reads."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path


class Passwords:
    """Makes each password when it is first asked for; the same folder gives the same ones again.

    The folder is locked by its cluster, so no other process writes the file at the same time.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "passwords.json"

    def of(self, name: str) -> str:
        """Return the password of a server or a user."""
        known: dict[str, str] = json.loads(self._file.read_text()) if self._file.is_file() else {}
        if name not in known:
            known[name] = secrets.token_hex(24)
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_private(self._file, json.dumps(known))
        return known[name]


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; it replaces the old one at once."""
    partial = path.with_name(f"{path.name}.new")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
