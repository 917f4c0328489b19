"""Asks the extractor for pictures and words of pages.

Where all services run in one process, the extractor's app is called without a connection.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import httpx

from shared.domain.errors import Unavailable
from shared.domain.page_views import PATH, PageViewRequest
from shared.http.middleware import App
from shared.http.problems import refusal

log = logging.getLogger(__name__)

# Seconds; the extractor gives up after 20, and a request may wait for its turn before.
_TIMEOUT_S = 40.0
# Seconds; both services run in one network.
_CONNECT_TIMEOUT_S = 3.0
_AWAY = "Pages can't be drawn right now. Try again in a moment."
_NONE = "This server draws no pages. Open the original file."


class PageClient:
    """A client of the extractor at `url`, or of its `app` in this process; end it with `close`."""

    def __init__(
        self, url: str, *, headers: Mapping[str, str] | None = None, app: App | None = None
    ) -> None:
        self._is_set = bool(url)
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            transport=httpx.ASGITransport(app) if app else None,
            timeout=httpx.Timeout(_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
            # Proxies in this machine's environment are for the internet, not for this service.
            trust_env=False,
        )

    async def fetch(self, request: PageViewRequest) -> bytes:
        """Return a PNG picture, or `PageWords` as JSON.

        Refusal: the page does not exist or can't be drawn. Unavailable: the extractor does not
        answer.
        """
        if not self._is_set:
            raise refusal(404, "no_pages", _NONE)
        try:
            answer = await self._http.post(PATH, content=request.model_dump_json())
        except httpx.HTTPError as error:
            log.warning("the extractor could not be reached", extra={"error": type(error).__name__})
            raise Unavailable(_AWAY) from error
        if answer.status_code == 200:
            return answer.content
        raise _error(answer)

    async def close(self) -> None:
        await self._http.aclose()


def _error(answer: httpx.Response) -> Exception:
    """Return the extractor's problem as an error of this service."""
    try:
        problem = answer.json()
        status, code, detail = answer.status_code, str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return Unavailable(_AWAY)
    return Unavailable(detail) if status >= 500 else refusal(status, code, detail)
