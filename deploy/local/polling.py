"""Waits until a condition holds, and asks servers over HTTP whether they answer."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
POLL_EVERY_S = 0.05
# Seconds; a local server answers within milliseconds unless the machine is loaded.
ANSWER_WITHIN_S = 5.0


class NotUp(Exception):
    """A server or a process did not start: a sentence and, if it has a log, the log's end."""


class Cancelled(Exception):
    """The start was cancelled."""


def until(
    is_so: Callable[[], bool],
    *,
    seconds: float,
    otherwise: Callable[[], str],
    cancelled: threading.Event | None = None,
    every_s: float = POLL_EVERY_S,
) -> None:
    """Return when `is_so()` holds. NotUp with the text of `otherwise()`: not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if cancelled is not None and cancelled.is_set():
            raise Cancelled
        if time.monotonic() > deadline:
            raise NotUp(otherwise())
        time.sleep(every_s)


def answers(port: int, path: str, host: str = LOOPBACK) -> bool:
    """Return whether a GET is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
