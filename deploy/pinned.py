"""Refuses images whose names can move to other contents: `python deploy/pinned.py`, if QUIRE_PIN=1.

It reads what `docker compose config --images` prints: every image must be named by its digest.
Images of Quire are built here, from requirements with hashes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
_OWN = re.compile(r"quire-[a-z-]+(?::[\w.-]+)?")


def movable(images: Iterable[str], own: re.Pattern[str] = _OWN) -> Sequence[str]:
    """Return the images that are neither built here nor named by a digest."""
    names = sorted({name.strip() for name in images} - {""})
    return [name for name in names if not own.fullmatch(name) and not _DIGEST.search(name)]


def main() -> None:
    if os.environ.get("QUIRE_PIN") != "1":
        return
    found = movable(sys.stdin)
    if found:
        sys.exit(
            f"QUIRE_PIN=1, and these images are not named by a digest: {', '.join(found)}. Set"
            " their variables in .env to NAME@sha256:…; `docker image inspect` shows the digest."
        )


if __name__ == "__main__":
    main()
