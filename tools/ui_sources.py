"""Records which sources the built page was made from: `python -m tools.ui_sources`.

A test compares the record with the sources, so that a change without a build is noticed where
there is no Node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "services/gateway/ui/static/sources.sha256"
_FILES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
# Types are made from docs/openapi.json and leave nothing in the build.
_GENERATED = "src/api/schema.ts"


def digest(root: Path = ROOT) -> str:
    """Return the sha256 of the names and contents of everything that the build reads."""
    found = hashlib.sha256()
    for path in _sources(root):
        found.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    ui = root / "ui"
    yield from (ui / name for name in _FILES)
    sources = (path for path in (ui / "src").rglob("*") if path.is_file())
    yield from sorted(path for path in sources if path != ui / _GENERATED)
    yield from sorted(path for path in (root / "samples").iterdir() if path.suffix != ".md")


if __name__ == "__main__":
    RECORD.write_text(digest() + "\n", encoding="utf-8")
