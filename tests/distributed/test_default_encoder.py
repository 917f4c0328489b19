"""Questions to a cluster with the default encoder, and its documents moved to another encoder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.cluster import Cluster
from deploy.local.services import SERVICES
from tests.support import warm
from tests.support.cluster import Servers
from tests.support.encoders import SmallModel
from tests.support.http_client import API, connect
from tests.support.markdown import write_notes
from tests.support.server_discovery import ADDRESSES, running

ROOT = Path(__file__).parents[2]
QUESTION = "calibration of the pressure sensor"
# A worker with all lanes does the work of the interactive one.
NEEDED = [each for each in SERVICES if each.name not in ("beat", "embedder-interactive")]


@pytest.fixture(scope="module")
def first(
    server_backends: list[str], warm_parent: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A cluster with the default encoder, on servers of its own."""
    with pytest.MonkeyPatch.context() as patch:
        # Named servers bear the cluster of the other tests.
        for address in ADDRESSES.values():
            patch.delenv(address, raising=False)
        with running(list(ADDRESSES), server_backends) as found:
            folder = tmp_path_factory.mktemp("default-encoder")
            cluster = Cluster(folder, servers=Servers(**found), services=NEEDED)
            with warm.services_started(warm_parent), cluster:
                yield cluster


def test_the_demo_runs_against_a_cluster(first: Cluster) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli.demo", "--target", first.gateway_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All checks passed." in done.stdout


async def test_documents_move_to_another_encoder(
    first: Cluster, small_model: SmallModel, tmp_path: Path
) -> None:
    async with connect(first.gateway_url) as user:
        sent = await user.send_all(write_notes(tmp_path, 3, seed=11))
        assert {state["status"] for state in await user.all_ended(sent)} == {"completed"}
        assert await user.passages(QUESTION)
        documents = (await user.http.get(f"{API}/documents")).json()["total"]
    first.stop()
    second = Cluster(
        first.folder, servers=first.servers, services=NEEDED, settings=small_model.environment
    )
    with second:
        async with connect(second.gateway_url) as user:
            refused = await user.http.post(f"{API}/query/retrieve", json={"query": QUESTION})
            assert refused.status_code == 503
            assert "The index was made by" in refused.json()["detail"]
            rebuilt = await user.http.post(f"{API}/ops/rebuild-index")
            assert rebuilt.json() == {"vectors": 0, "reprocessed": documents}
            assert {state["status"] for state in await user.all_ended(sent)} == {"completed"}
            assert await user.passages(QUESTION)
            await user.sound()
