"""Servers for tests: the ones that are named, else private ones, else a skip with the reason."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import httpx
import pytest
from moto.server import ThreadedMotoServer

from deploy.local.chroma import Chroma
from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.server import Server
from deploy.local.waiting import NotUp

POSTGRES = "QUIRE_TEST_POSTGRES_URL"
RABBITMQ = "QUIRE_TEST_RABBITMQ_URL"
CHROMA = "QUIRE_TEST_CHROMA_URL"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database that tests may empty."""
    yield from _address(POSTGRES, PostgreSQL, tmp_path_factory)


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a RabbitMQ server; tests have a namespace of their own each."""
    yield from _address(RABBITMQ, RabbitMQ, tmp_path_factory)


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server that tests may empty."""
    yield from _address(CHROMA, Chroma, tmp_path_factory)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3-compatible server in this process, and credentials for it."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_url(s3_server: str) -> str:
    """An empty bucket of the test's own."""
    bucket = f"quire-{uuid.uuid4().hex[:12]}"
    httpx.put(f"{s3_server}/{bucket}").raise_for_status()
    return f"s3://{bucket}/files"


def _address(named: str, kind: type[Server], folders: pytest.TempPathFactory) -> Iterator[str]:
    if address := os.environ.get(named):
        yield address
        return
    server = kind(folders.mktemp(kind.name))
    try:
        server.start()
    except NotUp as reason:
        pytest.skip(f"{named} names no server, and none could be started: {reason}")
    try:
        yield server.url
    finally:
        server.stop()
