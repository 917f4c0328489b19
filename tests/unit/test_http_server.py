"""A server that can't listen says so in one sentence; collections do not stall a running one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shared.domain.errors import SettingsError
from shared.http.server import listen

# In a separate process, because this one has frozen its objects before.
SERVE = """
import asyncio, gc
from shared.http.server import HttpServer, listen
from shared.http.app import health_app

async def main():
    server = HttpServer(health_app(dict))
    server.should_exit = True
    with listen("127.0.0.1", 0) as listener:
        before = gc.get_freeze_count()
        await server.serve(sockets=[listener])
        print(before, gc.get_freeze_count(), len(gc.get_objects()))

asyncio.run(main())
"""


def test_a_port_in_use_is_a_settings_error() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} of 127.0.0.1.*QUIRE_PORT"):
            listen("127.0.0.1", port)


def test_an_address_of_another_computer_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match=r"203\.0\.113\.1"):
        listen("203.0.113.1", 0)


def test_objects_loaded_at_start_are_excluded_from_garbage_collection() -> None:
    done = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True, check=True)
    before, after, rest = map(int, done.stdout.split())
    assert before == 0
    assert after > rest
