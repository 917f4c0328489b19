"""A process gives up its user and its capabilities, and can't get them back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from services.extractor.sandbox import privileges
from shared.system.prctl import hide_memory
from tests.support.isolated import outcome


def status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def after(*steps: Any) -> Any:
    def run() -> dict[str, str]:
        for step in steps:
            step()
        return status()

    return outcome(run)


def test_no_capability_is_left() -> None:
    found = after(privileges.drop_capabilities)
    kinds = ("CapInh", "CapPrm", "CapEff", "CapAmb")
    assert {int(found[kind], 16) for kind in kinds} == {0}
    if os.geteuid() == 0:
        assert int(found["CapBnd"], 16) == 0

    def left() -> int:
        privileges.drop_capabilities()
        return privileges.capabilities()

    assert outcome(left) == 0


def test_a_program_gains_no_privileges() -> None:
    assert after(privileges.forbid_new_privileges)["NoNewPrivs"] == "1"


def test_root_becomes_a_user_of_its_own_for_each_reader() -> None:
    if not privileges.can_change_user():
        assert outcome(lambda: privileges.become_own_user(1)) == "PermissionError"
        return
    users = [after(lambda job=job: privileges.become_own_user(job))["Uid"] for job in (1, 2)]
    assert all(len(set(user.split())) == 1 and int(user.split()[0]) > 61_000 for user in users)
    assert users[0] != users[1]

    def return_to_root() -> None:
        privileges.become_own_user(1)
        os.setuid(0)

    assert outcome(return_to_root) == "PermissionError"
    assert after(lambda: privileges.become_own_user(1))["Groups"] == ""


def test_hidden_memory_belongs_to_root() -> None:
    def owner() -> int:
        hide_memory()
        return os.stat("/proc/self/environ").st_uid

    assert outcome(owner) == 0


def test_hidden_memory_is_not_read_by_another_process_of_the_user() -> None:
    def look() -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
        hide_memory()
        hidden = os.getpid()
        return str(outcome(lambda: len(Path(f"/proc/{hidden}/environ").read_bytes())))

    assert outcome(look) == "PermissionError"
