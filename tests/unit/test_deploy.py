"""Requirements of each service, and the secrets of a Compose installation."""

from __future__ import annotations

import hashlib
import stat
import struct
from pathlib import Path

import pytest

from deploy import make_secrets
from deploy.local.access import with_entry
from deploy.local.passwords import Passwords, write_private
from deploy.pinned import movable
from deploy.requirements import requirements
from shared.database.rights import MONITOR, SERVICES, parse_users
from shared.http.auth import parse_keys

EXTRAS = {"core": ["b", "a"], "one": ["quire[core]", "c"], "all": ["quire[one,core]", "d"]}


@pytest.mark.parametrize(
    ("extra", "needed"),
    [("core", ["a", "b"]), ("one", ["a", "b", "c"]), ("all", ["a", "b", "c", "d"])],
)
def test_requirements_include_nested_extras(extra: str, needed: list[str]) -> None:
    assert requirements(extra, EXTRAS) == needed


def test_secrets_are_made_once_and_readable_by_their_owner_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ".env"
    make_secrets.main(path)
    made = make_secrets.read(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(make_secrets.PASSWORDS) < set(made)
    assert len(set(made.values())) == len(made)
    make_secrets.main(path)
    assert make_secrets.read(path) == made
    shown = capsys.readouterr().out
    assert made["API_KEY"] in shown
    assert not any(made[name] in shown for name in make_secrets.PASSWORDS)


def test_gateway_gets_only_the_hashes_of_keys(tmp_path: Path) -> None:
    made = make_secrets.missing({})
    keys = parse_keys(made["API_KEYS"])
    assert keys[hashlib.sha256(made["API_KEY"].encode()).hexdigest()] == "admin"
    assert keys[hashlib.sha256(made["METRICS_KEY"].encode()).hexdigest()] == "prometheus"


def test_existing_secrets_are_kept(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nREDIS_PASSWORD=kept\n")
    make_secrets.main(path)
    assert make_secrets.read(path)["REDIS_PASSWORD"] == "kept"


def test_files_of_secrets_are_behind_a_folder_of_their_owner(tmp_path: Path) -> None:
    make_secrets.main(tmp_path / ".env")
    folder = tmp_path / make_secrets.FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    # Containers read them as users of their own.
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o444}
    made = make_secrets.read(tmp_path / ".env")
    found = {each.name: each.read_text() for each in folder.iterdir()}
    assert found == make_secrets.files(made)


def test_a_changed_secret_is_written_into_the_same_file(tmp_path: Path) -> None:
    make_secrets.main(tmp_path / ".env")
    file = tmp_path / make_secrets.FOLDER / "redis_password"
    before = file.stat().st_ino
    text = (tmp_path / ".env").read_text()
    old = make_secrets.read(tmp_path / ".env")["REDIS_PASSWORD"]
    (tmp_path / ".env").write_text(text.replace(old, "another"))
    make_secrets.main(tmp_path / ".env")
    assert (file.read_text(), file.stat().st_ino) == ("another", before)


def test_every_service_gets_a_database_user_of_its_own() -> None:
    files = make_secrets.files(make_secrets.missing({}))
    users = parse_users(files["database_users"])
    assert users.keys() == {*SERVICES, MONITOR} == set(make_secrets.DATABASE_USERS)
    assert files["database_password_monitor"] == users[MONITOR]
    for service in SERVICES:
        assert f"//quire_{service}:{users[service]}@" in files[f"database_url_{service}"]
    assert len(set(users.values())) == len(users)


DIGEST = "@sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("images", "refused"),
    [
        (["postgres:16"], ["postgres:16"]),
        ([f"postgres:16{DIGEST}", f"mirror/redis{DIGEST}", ""], []),
        (["quire-gateway:latest", "quire-embedder-gpu:1.2.0"], []),
        (["mirror/quire-gateway:latest"], ["mirror/quire-gateway:latest"]),
        (["redis:7@sha256:0000", "postgres:16\n"], ["postgres:16", "redis:7@sha256:0000"]),
    ],
)
def test_images_whose_names_can_move_are_refused(images: list[str], refused: list[str]) -> None:
    assert movable(images) == refused


def test_a_local_cluster_keeps_its_passwords_to_its_owner(tmp_path: Path) -> None:
    password = Passwords(tmp_path / "cluster").of("redis")
    assert Passwords(tmp_path / "cluster").of("redis") == password
    assert Passwords(tmp_path / "cluster").of("rabbitmq") != password
    assert stat.S_IMODE((tmp_path / "cluster" / "passwords.json").stat().st_mode) == 0o600
    assert Passwords(tmp_path / "other").of("redis") != password


def test_a_private_file_replaces_one_that_others_could_read(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)


def test_a_user_may_enter_a_folder_that_stays_closed_to_others() -> None:
    owner, group, others = (1, 7, 2**32 - 1), (4, 0, 2**32 - 1), (32, 0, 2**32 - 1)
    made = with_entry([owner, group, others], 107)
    entries = [struct.unpack_from("<HHI", made, 4 + 8 * at) for at in range(5)]
    assert entries == [owner, (2, 1, 107), group, (16, 1, 2**32 - 1), others]
    again = with_entry([(a, b, c) for a, b, c in entries], 107)
    assert again == made


def test_rabbitmq_writes_its_log_to_the_console_of_a_read_only_container() -> None:
    lines = make_secrets.files(make_secrets.missing({}))["rabbitmq_conf"].splitlines()
    assert {"log.console = true", "log.file = false"} < set(lines)
