"""Requirements of each service, and the secrets of a Compose installation."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from deploy import make_secrets
from deploy.requirements import requirements
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
