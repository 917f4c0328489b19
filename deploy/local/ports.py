"""Ports of this computer that nobody listens on."""

from __future__ import annotations

import random
import socket

from deploy.local.polling import LOOPBACK, NotUp

# Below the range that outgoing connections take theirs from: a server that is killed and started
# again must find its port free.
_RANGE = range(20_000, 32_000)
_TRIES = 1000
_given: set[int] = set()


def free_port() -> int:
    """A port that is free now, and that this process is given only once."""
    for _ in range(_TRIES):
        port = random.choice(_RANGE)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise NotUp(f"No port between {_RANGE.start} and {_RANGE.stop} is free.")


def claim(port: int) -> int:
    """This port, or any free one for 0. NotUp: somebody listens on it."""
    if port and not is_free(port):
        raise NotUp(f"Port {port} is taken; choose another, or 0 for any free one.")
    return port or free_port()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections that linger from the last one do no harm.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
