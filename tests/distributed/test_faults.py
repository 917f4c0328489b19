"""Nothing is lost, duplicated or stuck when processes or servers are killed, wiped or halted.

A moment of each fault is tried here; `make chaos` tries several, at other times
(QUIRE_TEST_MOMENTS, QUIRE_TEST_SEED). After each every document is complete, and `verify` finds
nothing.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from deploy.local.cluster import Cluster
from tests.support.cluster import Servers
from tests.support.http_client import Client
from tests.support.markdown import write_notes
from tests.support.server_discovery import ADDRESSES

MOMENTS = int(os.environ.get("QUIRE_TEST_MOMENTS", "1"))
SEED = int(os.environ.get("QUIRE_TEST_SEED", "7"))
DOCUMENTS = 8


@dataclass(frozen=True)
class Fault:
    """A fault; `of` is the server that it stops, which the tests must have started, or empty."""

    happen: Callable[[Cluster, Servers], None]
    of: str = ""


def killing(name: str) -> Fault:
    return Fault(lambda cluster, _: cluster.kill(name))


def killing_server(name: str) -> Fault:
    def kill(_: Cluster, servers: Servers) -> None:
        server = getattr(servers, name)
        server.kill()
        server.start()

    return Fault(kill, of=name)


def kill_rabbitmq(cluster: Cluster, servers: Servers) -> None:
    # Older brokers lose a quorum queue that is younger than a second or two when they die.
    servers.rabbitmq.sync_queue_names()
    killing_server("rabbitmq").happen(cluster, servers)


def restart_database(_: Cluster, servers: Servers) -> None:
    servers.postgresql.restart_immediate()


def delete_queues(_: Cluster, servers: Servers) -> None:
    servers.rabbitmq.delete_queues()


def flush_redis(_: Cluster, servers: Servers) -> None:
    redis.Redis.from_url(servers.redis.url).flushdb()


def halt_past_its_lease(cluster: Cluster, _: Servers) -> None:
    with cluster.halted("embedder-worker-1"), cluster.halted("extractor-1"):
        time.sleep(7)


def restart_all_in_turn(cluster: Cluster) -> None:
    for name in cluster.processes:
        cluster.processes[name].stop()
        cluster.processes[name].start()
        cluster.wait_ready()


PROCESSES = [
    "gateway-1",
    "extractor-1",
    "embedder",
    "embedder-worker-1",
    "embedder-interactive",
    "beat",
    "indexer-1",
    "query",
]
FAULTS: dict[str, Fault] = {
    **{f"{name} killed": killing(name) for name in PROCESSES},
    "rabbitmq killed": Fault(kill_rabbitmq, of="rabbitmq"),
    "queues deleted": Fault(delete_queues, of="rabbitmq"),
    "redis killed": killing_server("redis"),
    "redis flushed": Fault(flush_redis),
    "postgresql restarted": Fault(restart_database, of="postgresql"),
    "chroma killed": killing_server("chroma"),
    "workers halted past their leases": Fault(halt_past_its_lease),
}


@pytest.mark.parametrize("moment", range(MOMENTS))
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_leaves_every_document_complete_and_verified(
    cluster: Cluster,
    servers: Servers,
    user: Client,
    tmp_path: Path,
    fault: str,
    moment: int,
    request: pytest.FixtureRequest,
) -> None:
    if (server := FAULTS[fault].of) in servers.named:
        # In CI too: a server that is named by its address must not be killed.
        request.applymarker(pytest.mark.optional)
        pytest.skip(f"the server that {ADDRESSES[server]} names must not be killed")
    chance = random.Random(f"{SEED}/{fault}/{moment}")
    paths = write_notes(tmp_path, DOCUMENTS, seed=chance.randrange(10**6), sections=12)
    before = chance.randint(2, DOCUMENTS)
    sent = await user.send_all(paths[:before])
    time.sleep(chance.uniform(0.0, 1.0))
    FAULTS[fault].happen(cluster, servers)
    sent += await user.send_all(paths[before:])
    states = await user.all_ended(sent)
    assert {state["status"] for state in states} == {"completed"}
    assert len(set(sent)) == DOCUMENTS
    cluster.wait_ready()
    await user.sound()


@pytest.mark.skipif(MOMENTS == 1, reason="takes minutes: `make chaos`")
@pytest.mark.optional
async def test_a_rolling_restart_under_load_loses_nothing(
    cluster: Cluster, user: Client, tmp_path: Path
) -> None:
    paths = write_notes(tmp_path, 4 * DOCUMENTS, seed=SEED, sections=12)
    sent = await user.send_all(paths[::2])
    restart_all_in_turn(cluster)
    sent += await user.send_all(paths[1::2])
    states = await user.all_ended(sent)
    assert {state["status"] for state in states} == {"completed"}
    await user.sound()
