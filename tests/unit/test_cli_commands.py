"""The commands: exit codes, streams and output."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console, RenderableType
from typer.testing import CliRunner, Result

from services.cli import demo, render
from services.cli.ask import query
from services.cli.exits import FAILED, OK, UNREACHABLE, USAGE
from services.cli.ingestion import Item
from services.cli.local_server import environment
from services.cli.main import app

UNUSED_ADDRESS = "http://127.0.0.1:9"


def run(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(app, arguments, env=env, catch_exceptions=False)


def shown(value: RenderableType, width: int = 120) -> str:
    console = Console(width=width, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(value)
    return captured.get()


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--help"], OK),
        (["version"], OK),
        (["version", "--json"], OK),
        (["keys", "new", "bob"], OK),
        (["keys", "new", "bob,eve"], USAGE),
        (["no-such-command"], USAGE),
        (["ask"], USAGE),
        (["ask", "why", "--top-k", "0"], USAGE),
        (["ingest", "no/such/file.pdf"], USAGE),
        (["chunks"], USAGE),
        (["chunks", "no/such/file.pdf"], USAGE),
        (["backup"], USAGE),
        (["backup", "--check", "no/such/backup"], FAILED),
        (["restore"], USAGE),
        (["restore", "no/such/backup", "--data-dir", "no/such/data"], FAILED),
        (["serve", "--port", "70000"], USAGE),
        (["serve", "--host", "0.0.0.0"], USAGE),
        (["ask", "why", "--url", UNUSED_ADDRESS], UNREACHABLE),
        (["search", "why", "--url", UNUSED_ADDRESS], UNREACHABLE),
        (["status", "--url", UNUSED_ADDRESS], UNREACHABLE),
        (["documents", "reprocess"], USAGE),
        (["documents", "reprocess", "d", "--stale"], USAGE),
        (["documents", "list", "--url", UNUSED_ADDRESS], UNREACHABLE),
        (["documents", "delete", "d", "--yes", "--url", UNUSED_ADDRESS], UNREACHABLE),
        (["documents", "show", "d", "--url", "no address"], UNREACHABLE),
        (["verify", "--url", UNUSED_ADDRESS], UNREACHABLE),
        (["rebuild-index", "--url", UNUSED_ADDRESS], UNREACHABLE),
    ],
)
def test_each_error_has_its_exit_code(arguments: list[str], exit_code: int) -> None:
    assert run(*arguments).exit_code == exit_code


def test_a_folder_with_nothing_to_read_is_wrong_usage(tmp_path: Path) -> None:
    result = run("ingest", str(tmp_path))
    assert result.exit_code == USAGE
    assert ".pdf" in result.stderr


def test_errors_leave_standard_output_clean() -> None:
    result = run("ask", "why", "--json", QUIRE_URL=UNUSED_ADDRESS)
    assert result.stdout == ""
    assert UNUSED_ADDRESS in result.stderr


def test_a_misspelt_setting_is_named() -> None:
    result = run("serve", QUIRE_PROT="80")
    assert result.exit_code == USAGE
    assert "QUIRE_PROT" in result.stderr


def test_verify_without_a_data_folder_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.operate.DEFAULT_URL", UNUSED_ADDRESS)
    result = run("verify", QUIRE_DATA_DIR=str(tmp_path / "none"))
    assert result.exit_code == UNREACHABLE
    assert not (tmp_path / "none").exists()


def test_a_deletion_asks_for_confirmation() -> None:
    result = CliRunner().invoke(
        app, ["documents", "delete", "d", "--url", UNUSED_ADDRESS], input="n\n"
    )
    assert result.exit_code == FAILED


def test_a_key_matches_its_entry() -> None:
    made = json.loads(run("keys", "new", "bob", "--json").stdout)
    name, _, digest = made["entry"].partition(":")
    assert name == "bob"
    assert digest == hashlib.sha256(made["key"].encode()).hexdigest()
    assert len(made["key"]) > 40


def test_question_contains_only_the_given_options() -> None:
    assert query("why") == {"query": "why"}
    assert query("why", ["d"], "c", 3) == {
        "query": "why",
        "document_ids": ["d"],
        "filters": {"collection": "c"},
        "top_k": 3,
    }


CITATION: dict[str, Any] = {
    "index": 1,
    "title": "Cold chain",
    "source": "a.pdf",
    "page": 2,
    "quote": "[bold]Alarm\ndelay[/bold] 20 minutes",
}
REPLY: dict[str, Any] = {
    "response": "Alarm delay 20 minutes [1]",
    "answered": True,
    "citations": [CITATION],
    "latency_ms": 4.2,
}


def test_words_that_were_searched_instead_are_named():
    reply = REPLY | {"similar_words": {"tiem": ["time", "item"]}, "passages": []}
    line = "“tiem” is in no document; searched for time, item."
    assert line in shown(render.answer("How much tiem?", reply))
    assert line in shown(render.passages(reply))


def test_an_answer_shows_document_page_and_quote_literally() -> None:
    text = shown(render.answer("How long?", REPLY))
    for part in ("How long?", "20 minutes [1]", "a.pdf, page 2", "[bold]Alarm delay[/bold]"):
        assert part in text


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({"page_label": "iv"}, "a.pdf, page 2 (iv)"),
        ({"page_label": "2"}, "a.pdf, page 2\n"),
        ({"page": None, "page_label": None}, "a.pdf\n"),
    ],
)
def test_a_citation_shows_the_page_that_the_document_counts(
    place: dict[str, Any], text: str
) -> None:
    assert text in render.citation(CITATION | place).plain


def test_summary_shows_problems_and_counts() -> None:
    good = Item(Path("a.pdf"), 1, status="completed", pages=3, chunks=1200, seconds=1.25)
    empty = Item(Path("b.pdf"), 1, status="completed_empty", error_code="no_text")
    bad = Item(
        Path("[x].pdf"), 1, status="failed", error_code="encrypted", error_message="Has a password."
    )
    text = shown(render.summary([good, empty, bad]))
    assert "encrypted: Has a password." in text
    assert "[x].pdf" in text
    assert "2 completed, 1 failed; 1,200 chunks" in text


def test_a_long_summary_shows_only_what_failed() -> None:
    items = [Item(Path(f"{number}.pdf"), 1, status="completed") for number in range(80)]
    items.append(Item(Path("bad.pdf"), 1, status="failed", error_code="corrupt"))
    text = shown(render.summary(items))
    assert "bad.pdf" in text
    assert "7.pdf" not in text


def test_file_names_stay_on_one_line_and_failures_have_the_full_width() -> None:
    name = "a-very-long-file-name-" * 6 + "end.pdf"
    reason = "Remove the password. " * 3
    failed = Item(Path(name), 1, status="failed", error_code="encrypted", error_message=reason)
    good = Item(Path(name), 1, status="completed", pages=3, chunks=1200, seconds=1.25)
    text = shown(render.summary([good, failed]), width=100)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert any(line.endswith("… completed 3 1,200 1.2") for line in lines)
    assert f"encrypted: {reason}".strip() in lines
    assert name in "".join(text.split())


def test_summary_lists_skipped_files_with_their_reasons() -> None:
    skipped = {Path("docs/page.psd"): "Files of type .psd are not read."}
    text = shown(render.summary([Item(Path("a.pdf"), 1, status="completed")], skipped, 2))
    assert "docs/page.psd" in text
    assert "Files of type .psd are not read." in text
    assert "1 completed, 0 failed, 1 skipped, 2 hidden" in text


def test_long_list_of_skipped_files_is_cut() -> None:
    skipped = {Path(f"{number}.psd"): "No." for number in range(render.ROWS_SHOWN + 7)}
    assert "and 7 more skipped" in shown(render.summary([], skipped))


class FakeClient:
    """Completes every document at its upload."""

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def upload(self, path: Path, *_: object) -> dict[str, Any]:
        return {"document_id": path.name}

    def status(self, document_id: str) -> dict[str, Any]:
        return {"status": "completed", "progress": 100.0}


def test_ingest_of_a_folder_reports_skipped_files_and_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.ingest.Client", FakeClient)
    for name in ("a.pdf", "page.psd", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    result = run("ingest", str(tmp_path), "--json")
    reply = json.loads(result.stdout)
    assert result.exit_code == OK
    assert [Path(each["path"]).name for each in reply["documents"]] == ["a.pdf"]
    assert reply["skipped"] == [
        {"path": str(tmp_path / "page.psd"), "reason": "Files of type .psd are not read."}
    ]
    assert reply["hidden"] == 1


def test_folder_without_readable_files_says_what_was_skipped(tmp_path: Path) -> None:
    (tmp_path / "page.psd").touch()
    result = run("ingest", str(tmp_path))
    assert result.exit_code == USAGE
    assert "Files of type .psd are not read." in result.stderr


TABLE = {"kind": "table", "question": "?", "expects": ["20  Minutes"], "documents": ["a.pdf"]}
NOTHING = {"kind": "unanswerable", "question": "?", "expects": [], "documents": []}
UNANSWERED = {"response": "The documents do not say.", "answered": False, "citations": []}


@pytest.mark.parametrize(
    ("question", "reply", "right"),
    [
        (TABLE, REPLY, True),
        (TABLE, UNANSWERED, False),
        (TABLE, REPLY | {"citations": [CITATION | {"source": "b.pdf"}]}, False),
        (TABLE, REPLY | {"citations": [CITATION | {"quote": "30 minutes"}]}, False),
        (NOTHING, UNANSWERED, True),
        (NOTHING, REPLY, False),
    ],
)
def test_the_demo_checks_its_answers(
    question: dict[str, Any], reply: dict[str, Any], right: bool
) -> None:
    assert (demo.faults(question, reply) == []) is right


def test_server_of_the_demo_keeps_only_encoder_settings() -> None:
    mine = {
        "PATH": "/bin",
        "QUIRE_DATABASE_URL": "postgresql://real",
        "QUIRE_API_KEYS": "a:b",
        "QUIRE_CACHE_DIR": "/c",
        "QUIRE_ENCODER_ENGINE": "sentence-transformers",
    }
    made = environment(mine)
    del made["PYTHONPATH"]
    assert made == {
        "PATH": "/bin",
        "QUIRE_CACHE_DIR": "/c",
        "QUIRE_ENCODER_ENGINE": "sentence-transformers",
    }
