"""A deleted document is quoted nowhere, and its deletion has a receipt; both are verified."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.database.schema import AuditEntry, QueryLog
from shared.settings import Settings
from tests.support import system as kit
from tests.support.system import API, SystemClient

QUESTION = {"query": "What is the alarm code of the freezer?"}


async def test_what_quotes_a_deleted_document_goes_with_it(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "alarm.md"
    path.write_text("# Alarm\n\nThe alarm code of the freezer is ZX-7731.\n", encoding="utf-8")
    async with kit.system(settings) as client:
        (status,) = await client.ingest([path])
        document_id = status["document_id"]
        answer = (await client.http.post(f"{API}/query", json=QUESTION)).json()
        assert "ZX-7731" in answer["response"]
        # Reading the log writes what waits for it.
        assert "ZX-7731" in (await client.http.get(f"{API}/query/logs")).text
        receipt = f"{API}/documents/{document_id}/receipt"
        assert (await client.http.get(receipt)).status_code == 409
        assert (await client.http.delete(f"{API}/documents/{document_id}")).status_code == 202
        await kit.until(lambda: _is_erased(client, receipt))

        shown = (await client.http.get(receipt)).json()
        assert (shown["document_id"], shown["answers"]) == (document_id, 1)
        assert shown["chunks"] >= 1
        logs = (await client.http.get(f"{API}/query/logs")).json()["logs"]
        assert [each["query_text"] for each in logs] == [QUESTION["query"]]
        exported = await client.http.get(f"{API}/principals/administrator/export")
        assert "ZX-7731" not in exported.text + str(logs)
        assert kit.clean(await client.verify())

        await client.database.transact(_answer_again, answer["query_id"])
        assert _problems(await client.verify()) == {"erasure": 1}
        assert (await client.verify(repair=True))["ok"]
        assert kit.clean(await client.verify())

        await client.database.transact(_change_the_log)
        assert _problems(await client.verify()) == {"audit": 1}


async def _is_erased(client: SystemClient, receipt: str) -> bool:
    return (await client.http.get(receipt)).status_code == 200


def _answer_again(session: Session, query_id: str) -> None:
    """Put a quote back, as an answer does that is logged after the deletion."""
    session.execute(
        update(QueryLog).where(QueryLog.query_id == query_id).values(response_text="ZX-7731")
    )


def _change_the_log(session: Session) -> None:
    session.execute(update(AuditEntry).where(AuditEntry.seq == 1).values(object="another"))


def _problems(report: dict[str, object]) -> dict[str, int]:
    checks = report["checks"]
    assert isinstance(checks, list)
    return {each["name"]: each["problems"] for each in checks if each["problems"]}
