"""The commands for keys and rights, as a person who sets up a team types them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.exits import FAILED, OK, USAGE
from services.cli.main import app
from shared.database import migrate
from shared.settings import sqlite_url
from tests.support.callers import digest
from tests.support.gateway import gateway, served

ROOT = "root-key"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Serve a gateway that asks for keys, in a thread of its own."""
    address: list[str] = []
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with gateway(tmp_path, api_keys=f"root:{digest(ROOT)}") as gate, served(gate) as at:
            address.append(at)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(60)
    yield address[0]
    done.set()
    thread.join(60)


def run(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(app, arguments, env=env)


def test_a_team_is_set_up_by_commands(url: str, tmp_path: Path) -> None:
    def quire(*arguments: str, key: str = ROOT) -> str:
        result = run(*arguments, QUIRE_URL=url, QUIRE_API_KEY=key)
        assert result.exit_code == OK, result.output
        return result.output

    quire("principals", "create", "anna", "--email", "anna@example.org")
    quire("principals", "create", "ben", "--role", "operator")
    quire("groups", "create", "quality")
    assert "anna" in quire("groups", "add", "quality", "anna")
    quire("collections", "create", "sops", "--owner", "ben")
    quire("grants", "create", "sops", "read", "--group", "quality")
    made = json.loads(quire("keys", "create", "anna", "--scope", "read", "--days", "30", "--json"))
    assert "sops" in quire("me", key=made["key"])
    listed = [json.loads(line) for line in quire("keys", "list", "--json").splitlines()]
    assert [each["scopes"] for each in listed] == [["read"]]
    new = json.loads(quire("keys", "rotate", made["key_id"], "--overlap-hours", "0", "--json"))
    assert run("me", QUIRE_URL=url, QUIRE_API_KEY=made["key"]).exit_code == FAILED
    quire("keys", "revoke", new["key_id"])
    assert "collections" in quire("principals", "hand-over", "ben", "anna")
    assert '"disabled"' in quire("principals", "change", "ben", "--disable", "--json")
    (grant,) = (json.loads(line) for line in quire("grants", "list", "--json").splitlines())
    quire("grants", "revoke", grant["grant_id"])
    quire("groups", "remove", "quality", "anna")
    quire("groups", "delete", "quality")
    assert "quality" not in quire("groups", "list")
    assert "anna" in quire("collections", "list")
    assert "hand_over" in quire("audit", "list", "--json")
    assert "anna@example.org" in quire("principals", "export", "anna")

    exported = tmp_path / "audit.jsonl"
    exported.write_text(quire("audit", "export"), encoding="utf-8")
    assert run("audit", "check", str(exported)).exit_code == OK
    whole = exported.read_text()
    exported.write_text("".join(whole.splitlines(keepends=True)[:-3]))
    cut = run("audit", "check", str(exported))
    assert (cut.exit_code, "not whole" in cut.output) == (FAILED, True)
    exported.write_text(whole.replace("key.revoke", "key.create"))
    assert run("audit", "check", str(exported)).exit_code == FAILED


def test_a_lost_administrator_key_is_replaced_on_the_computer_with_the_data(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    migrate.upgrade(sqlite_url(data / "quire.db"))
    made = run("keys", "create", "administrator", "--offline", "--json", QUIRE_DATA_DIR=str(data))
    assert made.exit_code == OK, made.output
    assert json.loads(made.output)["key"].startswith("quire_")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["keys", "create", "nobody", "--offline"], "No principal has this id or name."),
        (["keys", "create", "administrator", "--scope", "fly", "--offline"], "is not a scope"),
        (["grants", "create", "sops", "read"], "Name either --principal or --group."),
        (["audit", "check", "no/such/file"], "is not an audit log"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    data = tmp_path / "data"
    migrate.upgrade(sqlite_url(data / "quire.db"))
    result = run(*arguments, QUIRE_DATA_DIR=str(data))
    assert (result.exit_code, sentence in result.output) == (USAGE, True), result.output


def test_a_missing_data_folder_is_not_made(tmp_path: Path) -> None:
    data = tmp_path / "data"
    result = run("keys", "create", "administrator", "--offline", QUIRE_DATA_DIR=str(data))
    assert result.exit_code == USAGE
    assert not data.exists()
