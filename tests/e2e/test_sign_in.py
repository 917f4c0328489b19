"""People sign in and out on the page in a real browser, which keeps no key."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import async_playwright, expect

from tests.support.browser import PATIENCE_MS, executable
from tests.support.callers import digest
from tests.support.gateway import gateway, served

KEY = "quire_a-key-of-a-person"
_STORED = "JSON.stringify([localStorage, sessionStorage, document.cookie])"

expect.set_options(timeout=PATIENCE_MS)


async def test_a_person_signs_in_and_out_and_the_browser_keeps_no_key(tmp_path: Path) -> None:
    path = executable()
    async with (
        gateway(tmp_path, api_keys=f"anna:{digest(KEY)}") as gate,
        served(gate) as url,
        async_playwright() as driver,
    ):
        chromium = await driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = await chromium.new_page(locale="en-GB")
        await page.goto(f"{url}/settings")
        await page.get_by_label("Key", exact=True).fill("wrong")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("does not know this key")
        await page.get_by_label("Key", exact=True).fill(KEY)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        assert KEY not in await page.evaluate(_STORED)
        (cookie,) = await page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        # Still signed in when it is loaded again; a change needs the header that the page sends.
        await page.reload()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in to Quire")).to_be_visible()
        assert await page.context.cookies() == []
        await page.reload()
        await expect(page.get_by_role("heading", name="Sign in to Quire")).to_be_visible()
        await chromium.close()
