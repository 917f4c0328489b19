"""Opens the page in Chromium, which is installed first if the user may do that."""

from __future__ import annotations

import base64
import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from deploy.local.install import install
from deploy.local.polling import NotUp

PACKAGE = "chromium-headless-shell"
_NAMES = (PACKAGE, "chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",  # Chromium refuses to start as root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Milliseconds; a busy computer needs seconds for what a reader sees at once.
PATIENCE_MS = 120_000
_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}

# Files can't be dragged from outside by a test, so the event of their drop is made on the page.
_DROP = """
async files => {
  const transfer = new DataTransfer();
  for (const { name, data } of files) {
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(
      new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}
"""


def executable() -> str:
    """Return the path of a Chromium; skip the test, with the reason, where there can be none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        try:
            install([PACKAGE])
        except NotUp as reason:
            pytest.skip(f"no browser: {reason}")
        found = shutil.which(PACKAGE)
    assert found is not None
    return found


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Yield a running browser."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=_FLAGS)
        try:
            yield started
        finally:
            started.close()


@contextlib.contextmanager
def opened(browser: Browser, url: str, **context: object) -> Iterator[Page]:
    """Yield the page of a reader of its own; the test fails if the page reports an error."""
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security" in message.text:
            faults.append(message.text)

    own = browser.new_context(locale="en-GB", base_url=url, **context)  # type: ignore[arg-type]
    try:
        page = own.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", note)
        page.goto("/")
        yield page
    finally:
        own.close()
    assert faults == []


def drop(page: Page, files: Sequence[Path]) -> None:
    """Drop files anywhere on the page."""
    page.evaluate(
        _DROP,
        [
            {"name": path.name, "data": base64.b64encode(path.read_bytes()).decode()}
            for path in files
        ],
    )


def violations(page: Page) -> list[str]:
    """Return what axe finds to be wrong for readers with disabilities, by WCAG 2.2 AA."""
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
