"""A document that has taken over its reader reaches nothing: as root, as a user, in a container."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.extractor.sandbox.confine import REQUIRED

ROOT = Path(__file__).parents[2]
# Only root can become another user.
AS = ["this_user", "in_docker", *(["ordinary_user"] if os.geteuid() == 0 else [])]


def attack(who: str, folder: Path) -> dict[str, Any]:
    # The user of the attack must get to the folder, so that only the sandbox keeps it away.
    for path in (folder, *list(folder.parents)[:-1]):
        if path.stat().st_uid == os.geteuid() and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o755)
    (folder / "quire.db").write_text("rows")
    (folder / "quire.db").chmod(0o666)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.attacker", who, str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("who", AS)
def test_an_attacker_in_a_reader_reaches_nothing(who: str, tmp_path: Path) -> None:
    found = attack(who, tmp_path)
    assert found["reached"] == []
    assert set(REQUIRED) <= set(found["in_force"])
    assert sorted(os.listdir(tmp_path)) == ["quire.db"]
    assert (tmp_path / "quire.db").read_text() == "rows"


def test_without_rules_the_same_attacks_succeed(tmp_path: Path) -> None:
    found = attack("unconfined", tmp_path)
    assert found["in_force"] == []
    expected = {"file of the service", "its environment", "password file", "socket of family 2"}
    assert expected | {"signal", "size of a file", "executable memory"} <= set(found["reached"])


def test_in_a_container_without_namespaces_the_network_is_out_of_reach(tmp_path: Path) -> None:
    found = attack("in_docker", tmp_path)
    assert found["network_namespace"] is False
    assert not any(name.startswith("socket") for name in found["reached"])
