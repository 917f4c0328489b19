"""One cluster of real servers and processes for all tests here; leases and sweeps are short."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.cluster import Cluster
from tests.support import warm
from tests.support.cluster import Servers
from tests.support.encoders import SmallModel
from tests.support.http_client import Client, connect
from tests.support.reset import empty_all
from tests.support.server_discovery import ADDRESSES, Named, running

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
def servers(server_backends: list[str]) -> Iterator[Servers]:
    """Yield the servers of the cluster; those that are named by their address are emptied first."""
    with running(list(ADDRESSES), server_backends, durable=True) as found:
        named = {name: each for name, each in found.items() if isinstance(each, Named)}
        empty_all(named)
        yield Servers(**found, named=frozenset(named))


@pytest.fixture(scope="session")
def cluster(
    servers: Servers,
    small_model: SmallModel,
    warm_parent: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    """Yield a running cluster with two processes of every service that scales."""
    settings = SETTINGS | small_model.environment
    made = Cluster(
        tmp_path_factory.mktemp("cluster"), counts=COUNTS, settings=settings, servers=servers
    )
    with warm.services_started(warm_parent), made:
        yield made


@pytest.fixture
async def user(cluster: Cluster) -> AsyncIterator[Client]:
    """A client of the first gateway."""
    async with connect(cluster.gateway_url) as client:
        yield client


@pytest.fixture(scope="session")
def samples() -> list[Path]:
    folder = Path(__file__).parents[2] / "samples"
    return sorted(path for path in folder.iterdir() if path.suffix in (".pdf", ".docx"))
