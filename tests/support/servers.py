"""Fixtures with addresses of servers, which `server_discovery.py` finds or starts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest
from moto.server import ThreadedMotoServer

from tests.support.server_discovery import running


@pytest.fixture(scope="session")
def postgres_url(server_backends: list[str]) -> Iterator[str]:
    """Yield the address of a database that tests may empty."""
    yield from _address("postgresql", server_backends)


@pytest.fixture(scope="session")
def rabbitmq_url(server_backends: list[str]) -> Iterator[str]:
    """Yield the address of a RabbitMQ server, on which each test uses another namespace."""
    yield from _address("rabbitmq", server_backends)


@pytest.fixture(scope="session")
def chroma_url(server_backends: list[str]) -> Iterator[str]:
    """Yield the address of a Chroma server that tests may empty."""
    yield from _address("chroma", server_backends)


@pytest.fixture(scope="session")
def redis_url(server_backends: list[str]) -> Iterator[str]:
    """Yield the address of a Redis server, on which each test uses other keys."""
    yield from _address("redis", server_backends)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Yield the address of an S3-compatible server in this process, and set its credentials."""
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
    """Return the address of a new, empty bucket."""
    bucket = f"quire-{uuid.uuid4().hex[:12]}"
    httpx.put(f"{s3_server}/{bucket}").raise_for_status()
    return f"s3://{bucket}/files"


def _address(name: str, server_backends: list[str]) -> Iterator[str]:
    with running([name], server_backends) as found:
        yield found[name].url
