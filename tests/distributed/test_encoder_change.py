"""Another encoder takes over: questions wait with a reason, and one command moves the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.cluster import Cluster
from tests.support.cluster import Servers
from tests.support.http_client import API, connect
from tests.support.markdown import write_notes
from tests.support.server_discovery import ADDRESSES, running

QUESTION = "calibration of the pressure sensor"
OTHER = {"QUIRE_ENCODER_PRECISION": "fp32"}


async def test_documents_move_to_another_encoder(
    tmp_path: Path,
    server_backends: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Named servers bear the cluster of the other tests.
    for address in ADDRESSES.values():
        monkeypatch.delenv(address, raising=False)
    with running(list(ADDRESSES), server_backends) as found:
        servers = Servers(**found)
        with Cluster(tmp_path / "quire", servers=servers) as cluster:
            async with connect(cluster.gateway_url) as user:
                sent = await user.send_all(write_notes(tmp_path, 3, seed=11))
                assert {state["status"] for state in await user.all_ended(sent)} == {"completed"}
                assert await user.passages(QUESTION)
        with Cluster(tmp_path / "quire", servers=servers, settings=OTHER) as cluster:
            async with connect(cluster.gateway_url) as user:
                refused = await user.http.post(f"{API}/query/retrieve", json={"query": QUESTION})
                assert refused.status_code == 503
                assert "The index was made by" in refused.json()["detail"]
                rebuilt = await user.http.post(f"{API}/ops/rebuild-index")
                assert rebuilt.json() == {"vectors": 0, "reprocessed": 3}
                assert {state["status"] for state in await user.all_ended(sent)} == {"completed"}
                assert await user.passages(QUESTION)
                await user.sound()
