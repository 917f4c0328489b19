"""Kills a restore while it works on the index.

Run as `python -m tests.support.killed_restores BACKUP DATA`: restores in forked children, of which
one gets SIGKILL when vectors are in the index, and one just before the data folder appears.
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


def main(backup: Path, data: Path) -> None:
    """Kill both; fails if one ends in another way."""
    deadly: dict[str, Callable[..., Any]] = {
        "shared.maintenance.rebuild.reindex": _reindex_and_die,
        "os.rename": _die,
    }
    for name, function in deadly.items():
        child = os.fork()
        if not child:
            with mock.patch(name, function):
                asyncio.run(embedded.restore_offline(settings_at(data), backup))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, name


async def _reindex_and_die(*given: Any) -> None:
    await reindex(*given)
    _die()


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
