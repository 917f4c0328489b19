"""Installs missing servers with the package manager of this computer."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.local.polling import NotUp

# Debian's packages run this before they start a service; exit code 101 forbids it.
_POLICY = Path("/usr/sbin/policy-rc.d")
_DENY = "#!/bin/sh\nexit 101\n"


def install(packages: Sequence[str]) -> None:
    """Install Debian packages without starting their services. NotUp: not possible here."""
    if not packages:
        return
    words = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotUp(install_hint(packages))
    print(f"Installing {', '.join(packages)} ...", flush=True)
    with _services_not_started():
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


def install_hint(packages: Sequence[str]) -> str:
    """Return the sentence that tells the user how to install the packages."""
    command = f"sudo apt-get install --no-install-recommends {' '.join(packages)}"
    return f"Servers are missing. Install them with `{command}`."


@contextlib.contextmanager
def _services_not_started() -> Iterator[None]:
    """Forbid packages to start services, unless this computer has a policy already."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text(_DENY, encoding="utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
