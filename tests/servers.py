"""Servers for tests: the ones that are named, else private ones, else a skip with the reason."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

RABBITMQ = "QUIRE_TEST_RABBITMQ_URL"


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a RabbitMQ server; tests have a namespace of their own each."""
    if named := os.environ.get(RABBITMQ):
        yield named
        return
    pytest.skip(f"no RabbitMQ is installed, and {RABBITMQ} names none")
