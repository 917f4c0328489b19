"""Finds free ports of this computer."""

from __future__ import annotations

import random
import socket

from deploy.local.polling import LOOPBACK, NotUp

# Below Linux's range for outgoing connections (from 32768), so that a server that is killed and
# started again finds its port free.
_RANGE = range(20_000, 32_000)
# Random ports that are tried before giving up.
_TRIES = 1000
_given: set[int] = set()


def free_port() -> int:
    """Return a port that is free now; this process never gets the same one twice."""
    for _ in range(_TRIES):
        port = random.choice(_RANGE)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise NotUp(f"No port between {_RANGE.start} and {_RANGE.stop} is free.")


def claim(port: int) -> int:
    """Return this port, or a free one for 0. NotUp: it is in use."""
    if port and not is_free(port):
        raise NotUp(f"Port {port} is in use. Choose another, or 0 for any free one.")
    return port or free_port()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that closed connections in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
