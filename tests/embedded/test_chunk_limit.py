"""A document of too many chunks fails with a sentence, and does not keep the encoder busy."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.settings import Settings
from tests.support import system as kit

SENTENCE = "Every pump of the line is checked in week {}. "


@pytest.mark.usefixtures("warm_starts")
async def test_a_document_with_too_many_chunks_fails(settings: Settings, tmp_path: Path) -> None:
    long = tmp_path / "long.txt"
    long.write_text("\n\n".join(SENTENCE.format(week) * 40 for week in range(20)))
    short = tmp_path / "short.txt"
    short.write_text(SENTENCE.format(1))
    async with kit.system(settings.model_copy(update={"max_chunks": 5})) as client:
        too_long = await client.upload(long)
        fits = await client.upload(short)
        ended, other = await client.all_ended([too_long["document_id"], fits["document_id"]])
    assert (ended["status"], ended["error"]["code"]) == ("failed", "too_large")
    assert "more than 5 passages" in ended["error"]["message"]
    assert other["status"] == "completed"
