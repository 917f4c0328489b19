"""One cluster of real servers and processes for all tests here; leases and sweeps are short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.cluster import Cluster
from deploy.local.waiting import NotUp
from tests.cluster_kit import User

COUNTS = {"GATEWAYS": 2, "EXTRACTORS": 2, "EMBEDDERS": 2, "INDEXERS": 2}
SETTINGS = {
    "QUIRE_LEASE_SECONDS": "5",
    "QUIRE_HEARTBEAT_SECONDS": "1",
    "QUIRE_SWEEP_SECONDS": "1",
    "QUIRE_HINT_SECONDS": "5",
    # Several processes compute on few cores: one thread each is enough to see that all is right.
    "QUIRE_ENCODER_THREADS": "1",
}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two of everything that scales, on PostgreSQL, RabbitMQ, Redis and Chroma of its own."""
    made = Cluster(tmp_path_factory.mktemp("cluster"), counts=COUNTS, settings=SETTINGS)
    try:
        made.start()
    except NotUp as reason:
        pytest.skip(f"the servers could not be started: {reason}")
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def user(cluster: Cluster) -> Iterator[User]:
    """A client of the first gateway."""
    client = User(cluster.gateway_url)
    yield client
    client.close()


@pytest.fixture(scope="session")
def samples() -> list[Path]:
    folder = Path(__file__).parents[2] / "samples"
    return sorted(path for path in folder.iterdir() if path.suffix in (".pdf", ".docx"))
