"""The local cluster: processes, settings, ports, restarts and installation."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import install as installing
from deploy.local.__main__ import main
from deploy.local.cluster import Cluster
from deploy.local.polling import NotUp
from deploy.local.ports import claim, free_port, is_free
from deploy.local.services import ROOT, SERVICES, environment, instances
from deploy.local.supervisor import (
    FIRST_PAUSE_S,
    LONG_LIFE_S,
    MAX_PAUSE_S,
    next_pause,
)

SETTINGS = {"QUIRE_DATABASE_URL": "postgresql://here"}


def test_counts_set_the_number_of_processes() -> None:
    names = list(instances(SERVICES, {"EXTRACTORS": 2, "EMBEDDERS": 3}))
    assert names == [
        "gateway-1",
        "query",
        "extractor-1",
        "extractor-2",
        "embedder",
        "embedder-worker-1",
        "embedder-worker-2",
        "embedder-worker-3",
        "embedder-interactive",
        "beat",
        "indexer-1",
    ]


def test_every_service_is_a_module_of_this_tree() -> None:
    for service in SERVICES:
        assert (ROOT / service.module.replace(".", "/")).with_suffix(".py").is_file()


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("PATH", True),
        ("QUIRE_CACHE_DIR", True),
        ("QUIRE_ENCODER_ENGINE", True),
        ("QUIRE_PARSER_SECONDS", True),
        ("QUIRE_LEASE_SECONDS", True),
        ("QUIRE_API_KEYS", False),
        ("QUIRE_BLOBS_URL", False),
        ("QUIRE_PORT", False),
    ],
)
def test_only_settings_of_the_work_are_inherited(name: str, is_kept: bool) -> None:
    assert (name in environment({name: "theirs"}, SETTINGS)) is is_kept


def test_a_process_has_the_settings_of_all_and_its_own_port() -> None:
    made = environment({"QUIRE_DATABASE_URL": "theirs"}, SETTINGS, port=1)
    assert made == {**SETTINGS, "QUIRE_PORT": "1", "PYTHONPATH": str(ROOT)}


def test_modules_are_found_from_any_folder() -> None:
    made = environment({"PYTHONPATH": "/theirs"}, SETTINGS)
    assert made["PYTHONPATH"].split(os.pathsep) == [str(ROOT), "/theirs"]


def test_ports_are_unique_and_below_the_ephemeral_range() -> None:
    ports = [free_port() for _ in range(20)]
    assert len(set(ports)) == len(ports)
    assert all(port < 32768 for port in ports)


def test_port_in_use_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(NotUp, match=f"Port {port} is in use"):
            claim(port)


@pytest.mark.parametrize(
    ("last_s", "lived_s", "pause_s"),
    [
        (0, 0, FIRST_PAUSE_S),
        (FIRST_PAUSE_S, 0, 2 * FIRST_PAUSE_S),
        (MAX_PAUSE_S, 1, MAX_PAUSE_S),
        (MAX_PAUSE_S * 0.9, 1, MAX_PAUSE_S),
        (MAX_PAUSE_S, LONG_LIFE_S, FIRST_PAUSE_S),
    ],
)
def test_pause_before_a_restart_doubles_up_to_a_limit(
    last_s: float, lived_s: float, pause_s: float
) -> None:
    assert next_pause(last_s, lived_s) == pause_s


def test_every_process_finds_servers_query_service_and_data(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, counts={"GATEWAYS": 2}, settings={"QUIRE_SWEEP_SECONDS": "1"})
    settings = cluster.settings
    assert settings["QUIRE_QUERY_URL"] == cluster.processes["query"].url
    assert settings["QUIRE_EXTRACTOR_URL"] == cluster.processes["extractor-1"].url
    assert settings["QUIRE_DATABASE_URL"] == cluster.servers.postgresql.url
    assert settings["QUIRE_VECTORS_URL"] == cluster.servers.chroma.url
    assert settings["QUIRE_SWEEP_SECONDS"] == "1"
    assert cluster.gateway_urls == [cluster.processes[f"gateway-{n}"].url for n in (1, 2)]
    assert cluster.processes["beat"].url == ""


def test_user_who_may_not_install_gets_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NotUp, match="`sudo apt-get install --no-install-recommends a b`"):
        installing.install(["a", "b"])


def test_nothing_is_installed_when_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it ran"))
    installing.install([])


def test_packages_do_not_start_services_during_installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy, seen = tmp_path / "policy-rc.d", []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        answer = subprocess.call([policy])
        seen.append((command[1], answer))
        return subprocess.CompletedProcess(command, 0, "")

    monkeypatch.setattr(installing, "_POLICY", policy)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(subprocess, "run", run)
    installing.install(["a"])
    assert seen == [("update", 101), ("install", 101)]
    assert not policy.exists()


def test_count_below_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--extractors", "0"])
    assert "--extractors" in capsys.readouterr().err


def test_reaper_runs_from_its_file_alone() -> None:
    file = ROOT / "deploy" / "local" / "reaper.py"
    done = subprocess.run([sys.executable, "-I", file], stdin=subprocess.DEVNULL)
    assert done.returncode == 0
