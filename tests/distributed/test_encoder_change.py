"""Another encoder takes over: questions wait with a reason, and one command moves the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.cluster import Cluster
from tests.support.cluster import Servers, User, notes
from tests.support.server_discovery import ADDRESSES, running
from tests.support.system import API

QUESTION = "calibration of the pressure sensor"
OTHER = {"QUIRE_ENCODER_PRECISION": "fp32"}


def test_documents_move_to_another_encoder(
    tmp_path: Path,
    server_backends: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Named servers bear the cluster of the other tests.
    for address in ADDRESSES.values():
        monkeypatch.delenv(address, raising=False)
    with running(list(ADDRESSES), tmp_path / "servers", server_backends) as found:
        servers = Servers(**found)
        with Cluster(tmp_path / "quire", servers=servers) as cluster:
            user = User(cluster.gateway_url)
            sent = user.send_all(notes(tmp_path, 3, seed=11))
            assert {state["status"] for state in user.ended(sent)} == {"completed"}
            assert user.passages(QUESTION)
        with Cluster(tmp_path / "quire", servers=servers, settings=OTHER) as cluster:
            user = User(cluster.gateway_url)
            refused = user.http.post(f"{API}/query/retrieve", json={"query": QUESTION})
            assert refused.status_code == 503
            assert "The index was made by" in refused.json()["detail"]
            rebuilt = user.http.post(f"{API}/ops/rebuild-index")
            assert rebuilt.json() == {"vectors": 0, "reprocessed": 3}
            assert {state["status"] for state in user.ended(sent)} == {"completed"}
            assert user.passages(QUESTION)
            user.verify()
