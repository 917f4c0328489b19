"""The page in a real browser: upload, ask, check a quote on its page, delete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from services.cli.local_server import local_server
from tests.support import browser, warm
from tests.support.browser import PATIENCE_MS, drop, opened, violations

SAMPLES = Path(__file__).parents[2] / "samples"
QUESTION = "What is the alarm delay of the ultra-low freezer UF-1?"
UNANSWERED = "At what temperature is blood plasma stored, and how long may it be kept?"

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.browser() as started:
        yield started


@pytest.fixture(scope="module")
def server(warm_parent: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warm.used(warm_parent), local_server(tmp_path_factory.mktemp("page")) as url:
        yield url


@pytest.fixture(scope="module")
def empty(warm_parent: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warm.used(warm_parent), local_server(tmp_path_factory.mktemp("empty")) as url:
        yield url


@pytest.fixture(scope="module")
def filled(server: str, chromium: Browser) -> str:
    """Return the address of a server to which the samples were uploaded by dropping them."""
    samples = sorted([*SAMPLES.glob("*.pdf"), *SAMPLES.glob("*.docx")])
    with opened(chromium, server) as page:
        expect(page.get_by_text("There are no documents yet")).to_be_visible()
        drop(page, samples)
        bars = page.get_by_role("progressbar")
        expect(bars.first).to_be_visible()
        rows = page.get_by_role("region", name="Upload").get_by_role("listitem")
        expect(rows).to_have_count(len(samples))
        expect(page.get_by_text(f"{len(samples)} of {len(samples)} ready")).to_be_visible()
        expect(page.get_by_text("ready", exact=True)).to_have_count(len(samples))
        expect(bars).to_have_count(0)
    return server


def ask(page: Page, question: str) -> None:
    page.get_by_label("Ask", exact=True).and_(page.locator("textarea")).fill(question)
    page.keyboard.press("Enter")


def texts_below(page: Page, mark: FloatRect) -> str:
    """Return the words of the page whose middle lies within a mark on the screen."""
    found: list[dict[str, Any]] = page.evaluate(
        """() => [...document.querySelectorAll(".page-words text")].map(each => {
             const { left, right, top, bottom } = each.getBoundingClientRect();
             return { text: each.textContent, x: (left + right) / 2, y: (top + bottom) / 2 };
           })"""
    )
    inside = [
        each["text"]
        for each in found
        if mark["x"] < each["x"] < mark["x"] + mark["width"]
        and mark["y"] < each["y"] < mark["y"] + mark["height"]
    ]
    return " ".join(inside)


def test_a_quote_is_marked_on_its_words(filled: str, chromium: Browser) -> None:
    with opened(chromium, filled, viewport={"width": 1280, "height": 800}) as page:
        ask(page, QUESTION)
        expect(page.get_by_test_id("answer")).to_contain_text("20 minutes")
        page.get_by_role("button", name=re.compile("^Source 1")).first.click()
        source = page.get_by_role("complementary", name="Source")
        mark = source.locator("[data-mark][data-tone=strong]").first
        expect(mark).to_be_visible()
        expect(source.get_by_alt_text("Page 1")).to_be_visible()
        # The pane scrolls to the mark: its box and the words are read again until it stands still.
        for _ in range(50):
            box = mark.bounding_box()
            if box and "20 minutes" in texts_below(page, box):
                break
            page.wait_for_timeout(200)
        assert box is not None
        words = texts_below(page, box)
        assert "20 minutes" in words
        assert "60 minutes" not in words
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(source).to_have_count(0)


def test_a_source_without_pages_is_shown_as_its_passage(filled: str, chromium: Browser) -> None:
    with opened(chromium, filled) as page:
        ask(page, "Within how many hours is a written report of a major deviation due?")
        answer = page.get_by_test_id("answer")
        expect(answer).to_contain_text("24 hours")
        page.get_by_role("button", name=re.compile("deviation-reporting")).first.click()
        quote = page.get_by_role("complementary", name="Source").locator("[data-quote]")
        expect(quote.first).to_contain_text("24 hours")


def test_an_unanswered_question_says_so_and_shows_what_was_read(
    filled: str, chromium: Browser
) -> None:
    with opened(chromium, filled) as page:
        ask(page, UNANSWERED)
        expect(page.get_by_text("The documents don't say")).to_be_visible()
        expect(page.get_by_text("These came nearest")).to_be_visible()
        assert violations(page) == []


def test_a_link_and_the_history_open_an_old_answer_with_its_sources(
    filled: str, chromium: Browser
) -> None:
    with opened(chromium, filled) as page:
        ask(page, QUESTION)
        expect(page.get_by_test_id("answer")).to_contain_text("20 minutes")
        expect(page).to_have_url(re.compile(r"/\?c="))
        page.reload()
        expect(page.get_by_test_id("answer")).to_contain_text("20 minutes")
        page.get_by_role("button", name="New conversation").click()
        expect(page.get_by_test_id("answer")).to_have_count(0)
        page.get_by_role("button", name="History").click()
        page.get_by_role("complementary", name="History").get_by_text(QUESTION).first.click()
        expect(page.get_by_test_id("answer")).to_contain_text("20 minutes")
        page.get_by_role("button", name=re.compile("^Source 1")).first.click()
        expect(page.locator("[data-mark][data-tone=strong]").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/upload", "/library", "/activity", "/settings"])
def test_every_screen_can_be_read_by_everyone(
    filled: str, chromium: Browser, path: str, theme: str
) -> None:
    with opened(chromium, filled, color_scheme=theme) as page:
        page.goto(path)
        expect(page.get_by_role("heading").first).to_be_visible()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        assert violations(page) == []


def test_a_document_shows_its_pages_and_its_work(filled: str, chromium: Browser) -> None:
    with opened(chromium, filled) as page:
        page.goto("/library?name=vaccine")
        page.get_by_text("SOP-001-vaccine-cold-chain", exact=True).click()
        expect(page.locator("[data-mark]").first).to_be_visible()
        page.get_by_role("button", name="Next page").click()
        expect(page.get_by_alt_text("Page 2")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("tab", name="History of work").click()
        expect(page.get_by_text("making searchable").first).to_be_visible()


def test_a_refused_file_says_why(filled: str, chromium: Browser, tmp_path: Path) -> None:
    program = tmp_path / "tool.exe"
    program.write_bytes(b"MZ\x90\0" + bytes(100))
    with opened(chromium, filled) as page:
        drop(page, [program])
        row = page.get_by_role("region", name="Upload").get_by_role("listitem")
        expect(row).to_contain_text("refused")
        expect(row).to_contain_text("can't be read")


def test_a_deleted_document_disappears_in_a_second_tab(
    filled: str, chromium: Browser, tmp_path: Path
) -> None:
    note = tmp_path / "short-lived.md"
    note.write_text("# Short-lived\n\nThe pump P-9 runs at 3 bar.\n", encoding="utf-8")
    with opened(chromium, filled) as page, opened(chromium, filled) as other:
        drop(page, [note])
        expect(page.get_by_text("1 of 1 ready")).to_be_visible()
        other.goto("/library")
        row = other.get_by_role("row").filter(has_text="short-lived")
        expect(row).to_be_visible()
        page.goto("/library")
        page.get_by_role("checkbox", name=re.compile("short-lived")).check()
        page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("1 document was deleted.")).to_be_visible()
        expect(row).to_have_count(0)


def test_the_keyboard_reaches_everything(filled: str, chromium: Browser) -> None:
    with opened(chromium, filled) as page:
        page.goto("/library")
        rows = page.get_by_role("row").filter(has_text="SOP-")
        expect(rows.first).to_be_visible()
        rows.first.focus()
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.get_by_role("toolbar", name="1 selected")).to_be_visible()
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("Show this list")
        page.keyboard.press("Escape")
        page.keyboard.press("u")
        expect(page.get_by_role("heading", name="Add documents")).to_be_visible()


def test_the_page_speaks_german(filled: str, chromium: Browser) -> None:
    with opened(chromium, filled) as page:
        page.goto("/settings")
        page.get_by_role("button", name=re.compile("Language")).click()
        page.get_by_role("option", name="Deutsch").click()
        expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "de"


def test_a_phone_shows_one_thing_at_a_time(filled: str, chromium: Browser) -> None:
    with opened(chromium, filled, viewport={"width": 390, "height": 844}) as page:
        for path in ("/", "/upload", "/library", "/activity", "/settings"):
            page.goto(path)
            expect(page.get_by_role("navigation")).to_be_visible()
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, path
            assert violations(page) == []


def test_a_first_visit_offers_the_samples(empty: str, chromium: Browser) -> None:
    with opened(chromium, empty) as page:
        page.get_by_role("button", name="Use the samples").click()
        expect(page.get_by_text("5 of 5 ready")).to_be_visible()
        page.get_by_role("button", name=QUESTION).click()
        expect(page.get_by_test_id("answer")).to_contain_text("20 minutes")
