"""Waiting for a thing to become so, and asking servers over HTTP whether they are there."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
LOOK_EVERY_S = 0.05
ANSWER_WITHIN_S = 5.0


class NotUp(Exception):
    """Something did not come up: one sentence, and where there is one, the end of its log."""


class Cancelled(Exception):
    """Whoever started this does not want it any more."""


def until(
    is_so: Callable[[], bool],
    *,
    seconds: float,
    otherwise: Callable[[], str],
    cancelled: threading.Event | None = None,
) -> None:
    """Return when it is so. NotUp with what `otherwise` says: not within that time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if cancelled is not None and cancelled.is_set():
            raise Cancelled
        if time.monotonic() > deadline:
            raise NotUp(otherwise())
        time.sleep(LOOK_EVERY_S)


def answers(port: int, path: str, host: str = LOOPBACK) -> bool:
    """Whether a GET is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
