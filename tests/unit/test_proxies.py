"""Which proxies are believed about the client of a request."""

from __future__ import annotations

import httpx
import pytest

from shared.domain.errors import SettingsError
from shared.http.middleware import Receive, Scope, Send
from shared.http.proxies import TrustedProxies, came_by_proxy, parse_proxies


async def seen_from(peer: str, proxies: str, **headers: str) -> tuple[str, str, bool]:
    """Return address and scheme that an application sees of a request of this peer."""
    seen: list[tuple[str, str, bool]] = []

    async def see(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["client"][0], scope["scheme"], came_by_proxy(scope)))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app = TrustedProxies(see, proxies=parse_proxies(proxies))
    transport = httpx.ASGITransport(app=app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        await http.get("/", headers=headers)
    return seen[0]


@pytest.mark.parametrize(
    ("peer", "proxies", "expected"),
    [
        ("10.0.0.2", "10.0.0.2", ("203.0.113.9", "https", True)),
        ("10.0.0.2", "192.168.0.1, 10.0.0.0/24", ("203.0.113.9", "https", True)),
        ("10.0.1.2", "10.0.0.0/24", ("10.0.1.2", "http", False)),
        ("127.0.0.1", "", ("127.0.0.1", "http", False)),
    ],
)
async def test_only_proxies_of_the_settings_name_the_client(
    peer: str, proxies: str, expected: tuple[str, str, bool]
) -> None:
    forwarded = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https"}
    assert await seen_from(peer, proxies, **forwarded) == expected


@pytest.mark.parametrize("text", ["proxy", "*", "10.0.0.1/8"])
def test_proxies_are_addresses_and_networks(text: str) -> None:
    with pytest.raises(SettingsError, match="neither an address nor a network"):
        parse_proxies(text)
