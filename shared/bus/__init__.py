"""The bus that carries events between services."""

from __future__ import annotations

from shared.bus.base import Bus


def open_bus(url: str = "") -> Bus:
    """Return the bus on the message broker at `url`, or without one a bus in this event loop."""
    if not url:
        from shared.bus.in_process import InProcessBus

        return InProcessBus()
    # Imported here: the broker's client is installed only with distributed services.
    from shared.bus.rabbitmq import RabbitBus

    return RabbitBus(url)
