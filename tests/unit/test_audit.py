"""The audit of the locks fails for known vulnerabilities, and not because of the network."""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_port
from tools import audit
from tools.audit import Accepted, accepted, complaints, vulnerabilities
from tools.locks import LOCKS, Package, packages

TODAY = datetime.date(2026, 11, 27)
Answer = Callable[[dict[str, Any]], dict[str, Any]]


@contextlib.contextmanager
def osv(answer: Answer, *, status: int = 200, raw: bytes | None = None) -> Iterator[str]:
    """Serve OSV's interface for batches; yields its address. `answer` gives a query's result."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"results": [answer(query) for query in sent["queries"]]}).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body if raw is None else raw)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/querybatch"
        finally:
            server.shutdown()
            thread.join()


def nothing(query: dict[str, Any]) -> dict[str, Any]:
    return {}


def bad_h11(query: dict[str, Any]) -> dict[str, Any]:
    assert query["package"]["ecosystem"] == "PyPI"
    return {"vulns": [{"id": "GHSA-1"}]} if query["package"]["name"] == "h11" else {}


def test_every_package_of_every_lock_is_asked_for() -> None:
    names = {package.name for package in packages()}
    for path in LOCKS.glob("*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert {line.partition("==")[0] for line in lines if "==" in line} <= names
    asked: list[str] = []

    def note(query: dict[str, Any]) -> dict[str, Any]:
        asked.append(query["package"]["name"])
        return {}

    with osv(note) as url:
        assert audit.main(["--url", url]) == 0
    assert set(asked) == names


def test_a_known_vulnerability_fails_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    with osv(bad_h11) as url:
        assert audit.main(["--url", url]) == 1
    version = next(package.version for package in packages() if package.name == "h11")
    assert f"h11 {version}: https://osv.dev/vulnerability/GHSA-1\n" in capsys.readouterr().out


def test_further_pages_of_an_answer_are_read() -> None:
    def paged(query: dict[str, Any]) -> dict[str, Any]:
        if query.get("page_token") == "2":
            return {"vulns": [{"id": "B"}]}
        return {"vulns": [{"id": "A"}], "next_page_token": "2"}

    one = Package("h11", "1")
    with osv(paged) as url:
        assert vulnerabilities([one], url) == {one: {"A", "B"}}


@pytest.mark.parametrize(
    ("status", "raw"),
    [
        (503, None),
        (200, b"<html>"),
        (200, b'{"results": []}'),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"results": 1}'),
    ],
)
def test_an_answer_of_something_else_warns(
    capsys: pytest.CaptureFixture[str], status: int, raw: bytes | None
) -> None:
    with osv(nothing, status=status, raw=raw) as url:
        assert audit.main(["--url", url]) == 0
        assert audit.main(["--url", url, "--strict"]) == 2
    assert capsys.readouterr().out.count("WARNING: no package was audited") == 2


def test_a_database_that_is_away_warns(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1/querybatch"
    assert audit.main(["--url", url]) == 0
    assert "WARNING: no package was audited" in capsys.readouterr().out
    assert audit.main(["--url", url, "--strict"]) == 2


@pytest.mark.parametrize(
    ("package", "id", "until", "fails"),
    [
        ("h11", "GHSA-1", TODAY, False),
        ("h11", "GHSA-1", TODAY - datetime.timedelta(days=1), True),
        ("h11", "GHSA-2", TODAY, True),
        ("httpx", "GHSA-1", TODAY, True),
    ],
)
def test_acceptance_is_for_one_package_until_a_date(
    package: str, id: str, until: datetime.date, fails: bool
) -> None:
    accepts = [Accepted(id, package, "unused", until)]
    found = complaints({Package("h11", "1"): {"GHSA-1"}}, accepts, TODAY)
    assert bool(found) == fails


def test_acceptance_needs_a_reason_and_a_date(tmp_path: Path) -> None:
    path = tmp_path / "accepted.toml"
    whole = '[[accepted]]\nid = "A"\npackage = "h11"\nreason = "unused"\nuntil = 2027-01-31\n'
    path.write_text(whole, encoding="utf-8")
    assert accepted(path) == [Accepted("A", "h11", "unused", datetime.date(2027, 1, 31))]
    for field in ("reason", "until"):
        lines = [line for line in whole.splitlines() if not line.startswith(field)]
        path.write_text("\n".join(lines), encoding="utf-8")
        with pytest.raises(TypeError, match=field):
            accepted(path)


def test_accepted_entries_of_the_repository_can_be_read() -> None:
    assert all(each.reason and isinstance(each.until, datetime.date) for each in accepted())
