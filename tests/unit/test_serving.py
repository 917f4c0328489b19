"""Where a server can't listen, one sentence says so; where it can, nothing makes it pause."""

from __future__ import annotations

import asyncio
import gc

import pytest

from shared.errors import SettingsError
from shared.serving import HttpServer, listen
from shared.web import health_app


def test_a_port_that_is_taken_is_a_matter_of_settings() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} of 127.0.0.1.*QUIRE_PORT"):
            listen("127.0.0.1", port)


def test_so_is_an_address_of_another_computer() -> None:
    with pytest.raises(SettingsError, match=r"203\.0\.113\.1"):
        listen("203.0.113.1", 0)


async def test_what_is_there_at_the_start_is_not_looked_through_for_garbage_again() -> None:
    server = HttpServer(health_app(dict))
    with listen("127.0.0.1", 0) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn announces nothing
            await asyncio.sleep(0.01)
        server.should_exit = True
        await serving
    assert gc.get_freeze_count() > len(gc.get_objects())
