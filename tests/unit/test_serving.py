"""Where a server can't listen, one sentence says so."""

from __future__ import annotations

import pytest

from shared.errors import SettingsError
from shared.serving import listen


def test_a_port_that_is_taken_is_a_matter_of_settings() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} of 127.0.0.1.*QUIRE_PORT"):
            listen("127.0.0.1", port)


def test_so_is_an_address_of_another_computer() -> None:
    with pytest.raises(SettingsError, match=r"203\.0\.113\.1"):
        listen("203.0.113.1", 0)
