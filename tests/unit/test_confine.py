"""The confinement of a reader's process before it opens a file."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from services.extractor.sandbox import confine, landlock, privileges, seccomp
from services.extractor.sandbox.confinement import Confinement
from shared.domain.errors import SettingsError
from shared.telemetry import metrics
from tests.support.isolated import outcome
from tests.support.readers import write_tokenizer

ROOT = Path(__file__).parents[2]

LOOK = """
from services.extractor.sandbox.confine import drop_terminal
for drop in (lambda: None, drop_terminal, drop_terminal):
    drop()
    try:
        open("/dev/tty").close()
    except OSError:
        print("none")
    else:
        print("terminal")
"""
# A session takes the first terminal that its leader opens.
IN_A_TERMINAL = f"""
import os, subprocess, sys
os.open(sys.argv[1], os.O_RDWR)
subprocess.run([sys.executable, "-c", {LOOK!r}], check=True)
"""


@pytest.mark.parametrize(
    ("program", "expected"),
    [(IN_A_TERMINAL, ["terminal", "none", "none"]), (LOOK, ["none"] * 3)],
    ids=["in a terminal", "without one"],
)
def test_a_reader_has_no_controlling_terminal(program: str, expected: list[str]) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, os.ttyname(theirs)],
            capture_output=True,
            text=True,
            check=True,
            start_new_session=True,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.stdout.split() == expected


def refuse(*_: object) -> None:
    raise OSError("The kernel has no such call.")


@pytest.mark.parametrize("rule", ["seccomp", "landlock", "no_capabilities", "hidden_memory"])
def test_a_rule_that_fails_ends_the_reader_unless_the_best_possible_is_enough(rule: str) -> None:
    place, name = {
        "seccomp": (seccomp, "install"),
        "landlock": (landlock, "restrict"),
        "no_capabilities": (privileges, "drop_capabilities"),
        "hidden_memory": (confine, "hide_memory"),
    }[rule]
    with mock.patch.object(place, name, refuse):
        assert outcome(lambda: confine.restrict(job=1, required=True)) == "OSError"
        in_force = outcome(lambda: confine.restrict(job=1, required=False))
    assert rule not in in_force
    assert set(confine.REQUIRED) - {rule} <= set(in_force)


def test_a_kernel_without_landlock_leaves_the_other_rules() -> None:
    with mock.patch.object(landlock, "version", return_value=0):
        in_force = outcome(lambda: confine.restrict(job=1, required=True))
    assert "landlock" not in in_force
    assert set(confine.REQUIRED) <= set(in_force)


@pytest.mark.parametrize(
    ("in_force", "reached", "named"),
    [
        (confine.REQUIRED[:-1], (), confine.REQUIRED[-1]),
        (confine.RULES, ("network",), "network"),
        ((), ("all",), "all"),
    ],
)
def test_readers_that_are_not_confined_are_refused_with_a_sentence(
    in_force: tuple[str, ...], reached: tuple[str, ...], named: str
) -> None:
    with pytest.raises(SettingsError, match=named) as refused:
        Confinement.of(in_force, reached).require()
    assert "QUIRE_SANDBOX=best" in str(refused.value)


def test_the_required_rules_suffice() -> None:
    Confinement.of(confine.REQUIRED, ()).require()


def test_the_rules_in_force_are_metrics() -> None:
    Confinement.of(("seccomp",), ()).report()
    lines = metrics.render_metrics().decode().splitlines()
    assert 'quire_sandbox_rule{rule="seccomp"} 1.0' in lines
    assert 'quire_sandbox_rule{rule="landlock"} 0.0' in lines


# As on a system that refuses filters: the forkserver inherits it.
ON_A_SYSTEM_WITHOUT_FILTERS = """
import asyncio, json, sys
from pathlib import Path
from services.extractor.document import ReaderLimits, ReadOptions
from services.extractor.sandbox.sandbox import Sandbox
from services.extractor.sandbox.syscalls import this_machine
from shared.domain.errors import SettingsError
from tests.support.attacker import refuse_calls

async def main():
    refuse_calls([this_machine().seccomp])
    path, tokenizer = Path(sys.argv[1]), Path(sys.argv[2])
    found = {}
    for mode in ("required", "best"):
        sandbox = Sandbox(ReaderLimits(), tokenizer_path=tokenizer, required=mode == "required")
        try:
            await sandbox.start()
            read = [b async for b in sandbox.read(path, ReadOptions("txt", str(tokenizer)))]
            found[mode] = [read[-1].totals.chunks, await sandbox.rules_in_force()]
        except SettingsError:
            found[mode] = "refused"
        finally:
            await sandbox.close()
    print(json.dumps(found))

asyncio.run(main())
"""


def test_without_filters_nothing_is_read_unless_the_best_possible_is_enough(
    tmp_path: Path,
) -> None:
    path = tmp_path / "f.txt"
    path.write_text("Some words.")
    program = [sys.executable, "-c", ON_A_SYSTEM_WITHOUT_FILTERS, path, write_tokenizer(tmp_path)]
    done = subprocess.run(
        list(map(str, program)), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["required"] == "refused"
    chunks, in_force = found["best"]
    assert chunks == 1
    assert "seccomp" not in in_force
    assert "no_capabilities" in in_force
