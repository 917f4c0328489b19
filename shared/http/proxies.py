"""Finds the client of a request that a proxy passes on; only proxies of the settings are believed.

Without them, headers that name another client have no effect, whoever sends them.
"""

from __future__ import annotations

import ipaddress
from typing import Any, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from shared.domain.errors import SettingsError
from shared.http.middleware import App, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_proxies(text: str) -> tuple[Network, ...]:
    """Return the networks of comma-separated addresses and networks.

    SettingsError: an entry is neither. Names are none, because their owner can change them.
    """
    found: list[Network] = []
    for entry in filter(None, map(str.strip, text.split(","))):
        try:
            found.append(ipaddress.ip_network(entry))
        except ValueError:
            raise SettingsError(
                f"QUIRE_TRUSTED_PROXIES: `{entry}` is neither an address nor a network. Examples:"
                " `10.1.2.3`, `10.1.2.0/24`."
            ) from None
    return tuple(found)


class TrustedProxies:
    """Takes client and scheme from `X-Forwarded-For` and `X-Forwarded-Proto` of these proxies.

    Notes in the state of a request whether one of them passed it on.
    """

    def __init__(self, app: App, *, proxies: tuple[Network, ...]) -> None:
        self._app = app
        self._proxies = proxies
        trusted = [str(each) for each in proxies]
        self._forwarded = cast(Any, ProxyHeadersMiddleware(cast(Any, app), trusted))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not self._is_proxy(scope):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["by_proxy"] = True
        await self._forwarded(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        try:
            address = ipaddress.ip_address(scope["client"][0])
        except (ValueError, TypeError, KeyError):
            return False
        return any(address in each for each in self._proxies)


def came_by_proxy(scope: Scope) -> bool:
    """Return whether a proxy of the settings passed the request on."""
    return bool(scope.get("state", {}).get("by_proxy", False))
