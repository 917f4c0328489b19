"""Fills a running system with a small library that has every kind of row."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pymupdf

API = "/api/v1"
_AES_256 = 5  # PDF_ENCRYPT_AES_256
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
# Seconds; the small library takes a few, a slow computer several times as long.
WITHIN_S = 120.0
ENDED = {"completed", "completed_empty", "failed", "cancelled", "gone"}
QUESTION = "Where does the spare key of the boiler room hang?"
QUOTE = "The spare key of the boiler room hangs behind the door of office 14."
UNANSWERED = "Who won the football match?"
NOTES = "notes.txt"
NOTES_TEXT = f"Notes for the caretaker.\n\n{QUOTE} It is returned before six in the evening.\n"
GUIDE = """# Guide for new colleagues

## Leave

Ask for leave two weeks ahead. The team lead answers within three days.

| Kind of leave | Days a year |
|-|-|
| Holiday | 28 |
| Moving house | 1 |
"""


async def fill(http: httpx.AsyncClient) -> None:
    """Upload, cancel, reprocess and delete documents, then ask questions and rate one answer."""
    sop, floor_plan = (
        SAMPLES / name for name in ("SOP-001-vaccine-cold-chain.pdf", "SOP-004-visitor-safety.docx")
    )
    # The first upload is cancelled before it is read, because the readers are still starting.
    drafts = {"collection": "drafts"}
    cancelled = await _upload(http, sop.name, sop.read_bytes(), drafts)
    await _call(http, "POST", f"/documents/{cancelled}/cancel")
    await _upload(http, sop.name, sop.read_bytes())
    described = {
        "title": "Floor plan",
        "description": "Who may go where.",
        "collection": "safety",
        "metadata": json.dumps({"department": "facilities", "floor": 0, "public": True}),
    }
    await _upload(http, floor_plan.name, floor_plan.read_bytes(), described)
    await _upload(http, NOTES, NOTES_TEXT.encode(), key="caretaker-1")
    guide = await _upload(http, "guide.md", GUIDE.encode())
    await _upload(http, "blank.pdf", _pdf())
    await _upload(http, "locked.pdf", _pdf(locked=True))
    deleted = await _upload(http, "deleted.txt", b"The old rota is on the wall.")
    await settled(http)

    await _call(http, "POST", f"/documents/{guide}/reprocess")
    await _call(http, "DELETE", f"/documents/{deleted}")
    await settled(http, also=deleted)
    await _ask(http)


async def documents(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Return all documents that are not deleted."""
    page = await _call(http, "GET", "/documents?limit=200")
    return list(page["documents"])


async def settled(http: httpx.AsyncClient, also: str = "") -> None:
    """Wait until every document has a final status. TimeoutError: one has not in `WITHIN_S`."""
    wanted = {found["document_id"] for found in await documents(http)} | ({also} if also else set())
    async with asyncio.timeout(WITHIN_S):
        for document_id in wanted:
            status = ""
            while status not in ENDED:
                await asyncio.sleep(0.1)
                found = await _call(http, "GET", f"/processing/status/{document_id}")
                status = found["status"]


async def _ask(http: httpx.AsyncClient) -> None:
    answer = await _call(http, "POST", "/query", json={"query": QUESTION})
    assert answer["citations"][0]["quote"] == QUOTE, answer
    feedback = {"feedback": "positive"}
    await _call(http, "POST", f"/query/{answer['query_id']}/feedback", json=feedback)
    for question in ("What is the alarm delay of the ultra-low freezer UF-1?", UNANSWERED):
        await _call(http, "POST", "/query", json={"query": question})
    await _call(http, "POST", "/query/retrieve", json={"query": "holiday"})


async def _upload(
    http: httpx.AsyncClient,
    name: str,
    content: bytes,
    fields: dict[str, str] | None = None,
    key: str = "",
) -> str:
    headers = {"Idempotency-Key": key} if key else {}
    found = await _call(
        http,
        "POST",
        "/documents/upload",
        files={"file": (name, content)},
        data=fields or {},
        headers=headers,
    )
    return str(found["document_id"])


async def _call(http: httpx.AsyncClient, method: str, path: str, **sent: Any) -> dict[str, Any]:
    response = await http.request(method, f"{API}{path}", **sent)
    assert response.is_success, response.text
    found: dict[str, Any] = response.json()
    return found


def _pdf(locked: bool = False) -> bytes:
    """Return a PDF of one empty page; `locked` protects it with a password."""
    with pymupdf.open() as pdf:
        pdf.new_page()
        lock = {"encryption": _AES_256, "user_pw": "caretaker"} if locked else {}
        return bytes(pdf.tobytes(**lock))
