"""Prints the requirements of one service, one per line: `python deploy/requirements.py embedder`.

They are the extras of `pyproject.toml`, so that an image installs only those of its service.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
_OURS = re.compile(r"quire\[([a-z0-9,-]+)\]")


def requirements(extra: str, extras: dict[str, list[str]]) -> list[str]:
    """Return all requirements of an extra and the extras it names. KeyError: unknown extra."""
    found: list[str] = []
    for line in extras[extra]:
        ours = _OURS.fullmatch(line)
        found += (
            [each for name in ours[1].split(",") for each in requirements(name, extras)]
            if ours
            else [line]
        )
    return sorted(set(found))


def main() -> None:
    extras = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for name in sys.argv[1:]:
        print(*requirements(name, extras), sep="\n")


if __name__ == "__main__":
    main()
