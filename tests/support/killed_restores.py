"""Kills a restore while it works on the index.

Run as `python -m tests.support.killed_restores BACKUP DATA POINT`: it gets SIGKILL at POINT, which
is `written`, when vectors are in the index, or `renamed`, just before the data folder appears.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from services import embedded
from shared.maintenance.reindex import reindex
from tests.support.backups import settings_at


def main(backup: Path, data: Path, point: str) -> None:
    """Restore until the point is reached."""
    deadly: dict[str, tuple[str, Callable[..., Any]]] = {
        "written": ("shared.maintenance.rebuild.reindex", _reindex_and_die),
        "renamed": ("os.rename", _die),
    }
    with mock.patch(*deadly[point]):
        asyncio.run(embedded.restore_offline(settings_at(data), backup))


async def _reindex_and_die(*given: Any) -> None:
    await reindex(*given)
    _die()


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
