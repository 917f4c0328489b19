"""The distributed system does what the embedded one does, with two of everything."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.documents import of_corpus
from deploy.local.cluster import Cluster
from deploy.local.reaper import family
from shared.database import open_database
from shared.settings import Settings
from tests.support import system as kit
from tests.support.encoders import SmallModel
from tests.support.http_client import Client
from tests.support.markdown import write_notes

ROOT = Path(__file__).parents[2]


# The comparison runs in this many tests, each with its share of the documents.
SHARES = 4
# Longer documents are read in more steps of the same kind.
MAX_PAGES = 20


@dataclass(frozen=True)
class Embedded:
    """The documents, and what an embedded system stores of them."""

    paths: list[Path]
    stored: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def embedded(
    samples: list[Path], small_model: SmallModel, tmp_path_factory: pytest.TempPathFactory
) -> Embedded:
    """Notes, and the readable documents of QUIRE_CORPUS or the samples."""
    folder = tmp_path_factory.mktemp("embedded")
    corpus = os.environ.get("QUIRE_CORPUS")
    selected = of_corpus(Path(corpus), MAX_PAGES).documents if corpus else samples
    paths = [*write_notes(folder, 6, seed=1), *selected]

    async def run() -> Embedded:
        settings = Settings(
            _env_file=None,
            data_dir=folder / "data",
            encoder_threads=1,
            log_level="error",
            **small_model.settings,
        )
        async with kit.system(settings) as client:
            await client.ingest(paths)
            return Embedded(paths, await kit.snapshot(client.database))

    return asyncio.run(run())


@pytest.mark.parametrize("share", range(SHARES))
async def test_a_cluster_stores_what_the_embedded_system_stores(
    cluster: Cluster, user: Client, embedded: Embedded, share: int
) -> None:
    paths = embedded.paths[share::SHARES]
    states = await user.all_ended(await user.send_all(paths))
    assert {state["status"] for state in states} <= kit.TERMINAL
    await user.sound()
    names = {path.name for path in paths}
    database = open_database(cluster.settings["QUIRE_DATABASE_URL"])
    found = {name: row for name, row in (await kit.snapshot(database)).items() if name in names}
    await database.close()
    kit.assert_same(found, {name: embedded.stored[name] for name in names})


async def test_every_gateway_hears_of_work_that_another_one_took_in(
    cluster: Cluster, user: Client, tmp_path: Path
) -> None:
    other = cluster.gateway_urls[1]
    with httpx.stream("GET", f"{other}{kit.API}/events", timeout=60) as stream:
        lines = stream.iter_lines()
        next(lines)  # It listens now.
        (document_id,) = await user.send_all(write_notes(tmp_path, 1, seed=2))
        assert any(document_id in line for line in lines)
    await user.all_ended([document_id])


async def test_another_team_can_follow_with_a_queue_of_its_own(
    cluster: Cluster, user: Client, tmp_path: Path
) -> None:
    example = ROOT / "docs" / "examples" / "consumer.py"
    follower = subprocess.Popen(
        [sys.executable, "-u", str(example), cluster.servers.rabbitmq.url],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert follower.stdout is not None
        assert follower.stdout.readline() == "listening\n"
        (document_id,) = await user.send_all(write_notes(tmp_path, 1, seed=3))
        # Its queue outlives it: on a named server there is what earlier runs left.
        assert f"document.indexed.v1 {document_id}\n" in follower.stdout
    finally:
        follower.kill()
        follower.communicate()


async def test_the_document_says_which_celery_message_worked_on_it(
    cluster: Cluster, user: Client, tmp_path: Path
) -> None:
    (document_id,) = await user.send_all(write_notes(tmp_path, 1, seed=4))
    await user.all_ended([document_id])
    tasks = (await user.http.get(f"{kit.API}/documents/{document_id}/tasks")).json()["tasks"]
    by_type = {task["task_type"]: task for task in tasks}
    assert set(by_type) == {"extract", "embed", "index"}
    assert by_type["embed"]["celery_task_id"]


async def test_a_question_has_one_id_at_the_gateway_and_behind_it(user: Client) -> None:
    told = {"X-Correlation-ID": "a-question-of-mine"}
    answer = await user.http.post(f"{kit.API}/query", json={"query": ""}, headers=told)
    assert answer.status_code == 422
    assert answer.headers.get_list("x-correlation-id") == ["a-question-of-mine"]
    assert answer.json()["correlation_id"] == "a-question-of-mine"


def test_what_halts_an_extractor_halts_its_readers(cluster: Cluster) -> None:
    pid = cluster.processes["extractor-2"].pid
    assert pid
    assert [each.pid for each in family(pid)] != [pid]


async def test_while_the_query_service_is_away_uploads_go_on(
    cluster: Cluster, user: Client, tmp_path: Path
) -> None:
    with cluster.halted("query"):
        cluster.kill("query")
        answer = await user.http.post(f"{kit.API}/query", json={"query": "who?"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        (document_id,) = await user.send_all(write_notes(tmp_path, 1, seed=5))
    cluster.wait_ready()
    await user.all_ended([document_id])
    assert (await user.http.post(f"{kit.API}/query", json={"query": "who?"})).status_code == 200


@pytest.mark.parametrize("name", ["gateway-1", "extractor-1", "embedder", "embedder-worker-2",
                                  "indexer-1", "query"])  # fmt: skip
def test_every_process_tells_its_health_and_its_metrics(cluster: Cluster, name: str) -> None:
    url = cluster.processes[name].url
    assert httpx.get(f"{url}/healthz").status_code == 200
    assert httpx.get(f"{url}/readyz").status_code == 200
    assert "# TYPE quire_task_seconds histogram" in httpx.get(f"{url}/metrics").text
