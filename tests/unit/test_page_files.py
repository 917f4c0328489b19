"""The page is served from its build, which was made from the sources as they are."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.gateway.ui.page_files import FOLDER, PageFiles
from shared.http.middleware import Receive, Scope, Send
from tests.support.gateway import Gateway, gateway
from tools import ui_sources

# Bytes, compressed, of all that a browser loads before it shows the first screen.
FIRST_LOAD = 220_000


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path) as started:
        yield started


def test_the_build_is_that_of_the_sources() -> None:
    recorded = ui_sources.RECORD.read_text(encoding="utf-8").strip()
    assert recorded == ui_sources.digest(), "run `make ui` and commit services/gateway/ui/static"


def test_a_changed_source_is_noticed(tmp_path: Path) -> None:
    for name in ("ui", "samples"):
        (tmp_path / name).mkdir()
    for name in ("index.html", "package.json", "package-lock.json", "tsconfig.json"):
        (tmp_path / "ui" / name).write_text("x", encoding="utf-8")
    (tmp_path / "ui" / "vite.config.ts").write_text("x", encoding="utf-8")
    (tmp_path / "ui" / "src" / "api").mkdir(parents=True)
    before = ui_sources.digest(tmp_path)
    (tmp_path / "ui" / "src" / "api" / "schema.ts").write_text("made", encoding="utf-8")
    assert ui_sources.digest(tmp_path) == before
    (tmp_path / "ui" / "src" / "main.tsx").write_text("new", encoding="utf-8")
    assert ui_sources.digest(tmp_path) != before


def test_the_lock_file_names_no_server() -> None:
    lock = (ui_sources.ROOT / "ui" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock


def test_the_first_load_is_small() -> None:
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    loaded = [path for path in (FOLDER / "assets").iterdir() if f"/assets/{path.name}" in html]
    assert len(loaded) > 2
    assert sum(len(gzip.compress(path.read_bytes())) for path in loaded) <= FIRST_LOAD


@pytest.mark.parametrize(
    "path",
    ["/", "/upload", "/library", "/activity", "/settings",
     "/documents/3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10"],
)  # fmt: skip
async def test_every_screen_has_an_address(gate: Gateway, path: str) -> None:
    answer = await gate.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<div id="root">' in answer.text


async def test_no_other_address_is_taken(gate: Gateway) -> None:
    for path in ("/documents", "/documents/x", "/assets/", "/assets/none.js", "/assets/../x", "/a"):
        answer = await gate.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert (await gate.http.post("/library")).status_code in (404, 405)


async def test_nothing_but_the_page_itself_may_run_on_it(gate: Gateway) -> None:
    policy = (await gate.http.get("/")).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert html.count("<script") == html.count('<script type="module" crossorigin src="/assets/')
    assert "<style" not in html
    assert " style=" not in html


async def test_assets_are_kept_and_the_page_is_asked_for_again(gate: Gateway) -> None:
    page = await gate.http.get("/")
    name = page.text.split('src="/assets/')[1].split('"')[0]
    asset = await gate.http.get(f"/assets/{name}")
    assert "immutable" in asset.headers["cache-control"]
    assert page.headers["cache-control"] == "no-cache"
    again = await gate.http.get("/library", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_assets_are_compressed_for_those_who_can_read_that(gate: Gateway) -> None:
    page = await gate.http.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in page.headers
    small = await gate.http.get("/", headers={"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert small.text == page.text
    assert small.headers["vary"] == "accept-encoding"


async def test_head_is_answered_without_a_body(gate: Gateway) -> None:
    answer = await gate.http.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


async def test_the_page_needs_no_key_and_its_data_does(tmp_path: Path) -> None:
    key = f"someone:{'0' * 64}"
    async with gateway(tmp_path, api_keys=key) as gate:
        assert (await gate.http.get("/")).status_code == 200
        assert (await gate.http.get("/api/v1/documents")).status_code == 401


async def test_the_samples_come_with_the_page(gate: Gateway) -> None:
    samples = {path.stem: path for path in (ui_sources.ROOT / "samples").glob("*.pdf")}
    for name, path in samples.items():
        (asset,) = (FOLDER / "assets").glob(f"{name}-*.pdf")
        answer = await gate.http.get(f"/assets/{asset.name}")
        assert (answer.headers["content-type"], answer.content) == (
            "application/pdf",
            path.read_bytes(),
        )


async def test_what_is_no_http_request_is_passed_on() -> None:
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    async def unused() -> dict[str, object]:
        raise AssertionError

    async def ignore(message: object) -> None:
        raise AssertionError

    await PageFiles(app)({"type": "websocket", "path": "/"}, unused, ignore)
    assert passed == ["websocket"]
