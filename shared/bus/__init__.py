"""The bus that carries events between services."""

from __future__ import annotations

from shared.bus.base import Bus


def open_bus(url: str = "") -> Bus:
    """The bus on the message broker at `url`; without one, a bus inside this event loop."""
    if not url:
        from shared.bus.in_process import InProcessBus

        return InProcessBus()
    # Only a service of its own has the broker's client installed.
    from shared.bus.rabbitmq import RabbitBus

    return RabbitBus(url)
