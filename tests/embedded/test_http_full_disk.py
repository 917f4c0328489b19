"""A full disk refuses uploads with 507 and a sentence, and leaves nothing behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import httpx
import pytest

from services.gateway.disk_space import DiskSpace
from services.gateway.uploads import receive
from services.gateway.uploads.temp_file import TempFile
from shared.blobs.folder import FolderBlobs
from shared.repositories import documents
from tests.support.gateway import PDF, Gateway, gateway

RESERVE = 1024


async def is_refused(gate: Gateway, response: httpx.Response) -> bool:
    stored = await gate.deps.database.read(documents.count)
    assert (response.status_code, response.json()["code"]) == (507, "disk_full")
    assert "freed space" in response.json()["detail"]
    return not gate.incoming and stored == 0


async def test_an_upload_larger_than_the_free_space_is_refused_unread(tmp_path: Path) -> None:
    async with gateway(tmp_path, free=lambda _: RESERVE + 500) as gate:
        assert await is_refused(gate, await gate.upload(PDF + b"x" * 600))


async def test_an_upload_stops_when_the_disk_fills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "PIECE_BYTES", 10)
    free = iter([RESERVE * 1024, 0])
    async with gateway(tmp_path, free=lambda _: next(free)) as gate:
        assert await is_refused(gate, await gate.upload(PDF + b"x" * 600))


async def test_a_write_that_finds_the_disk_full_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for owner, method in ((TempFile, "flush"), (FolderBlobs, "put_file")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, method, fail)
            (tmp_path / method).mkdir()
            async with gateway(tmp_path / method) as gate:
                assert await is_refused(gate, await gate.upload())


async def test_readiness_tells_that_the_disk_is_full(tmp_path: Path) -> None:
    free = [RESERVE]
    disk = DiskSpace(tmp_path, RESERVE, lambda _: free[0])
    assert await disk.is_ready()
    free[0] -= 1
    assert not await disk.is_ready()
