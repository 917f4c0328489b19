"""Servers of this computer's package manager, put there when they are missing."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.local.polling import NotUp

# Asked by Debian's packages before they start what they bring; 101 is no.
_POLICY = Path("/usr/sbin/policy-rc.d")
_NO = "#!/bin/sh\nexit 101\n"


def install(packages: Sequence[str]) -> None:
    """Install Debian packages, none of which starts anything. NotUp: that is not possible here."""
    if not packages:
        return
    words = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotUp(f"{by_hand(packages)}")
    print(f"Installing {', '.join(packages)} ...", flush=True)
    with _nothing_starts():
        for command in (["apt-get", "update"], words):
            done = subprocess.run(
                command,
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode:
                raise NotUp(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}")


def by_hand(packages: Sequence[str]) -> str:
    """What to do where this program may not install."""
    command = f"sudo apt-get install --no-install-recommends {' '.join(packages)}"
    return f"Servers are missing; install them with `{command}`."


@contextlib.contextmanager
def _nothing_starts() -> Iterator[None]:
    """Packages find the answer no, unless the computer's owner has set one."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text(_NO, encoding="utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
