"""The bus on RabbitMQ: one topic exchange for all events, two quorum queues a group, one a lane.

An event is a hint, so every delivery is acknowledged once its consumer is through with it, failed
or not: the ledger knows what became of the task, and the sweeper repeats the hint. Queue names
carry a version, because a queue whose arguments change can't be declared again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faststream import AckPolicy
from faststream.rabbit import (
    Channel,
    ExchangeType,
    QueueType,
    RabbitBroker,
    RabbitExchange,
    RabbitMessage,
    RabbitQueue,
)
from pydantic import ValidationError

from shared.bus.base import Consumer
from shared.domain.events import Event, TaskEvent, parse_event
from shared.domain.stages import EVENTS_BY_WORKER
from shared.telemetry.metrics import HINTS_LOST

log = logging.getLogger(__name__)

LANES = ("", ".bulk")
# A delivery that kills its consumer this often is kept aside; the ledger gives up long before.
DELIVERY_LIMIT = 20
PUBLISH_WITHIN_S = 5.0
STOP_WITHIN_S = 20.0


@dataclass(frozen=True)
class Subscription:
    """One group's share of the events: `at_once` deliveries in each lane."""

    group: str
    event_types: tuple[type[Event], ...]
    consumer: Consumer
    at_once: int


@dataclass(frozen=True)
class Names:
    """What things are called on the server; tests have a namespace of their own."""

    namespace: str = "quire"

    @property
    def events(self) -> RabbitExchange:
        name = f"{self.namespace}.events.v1"
        return RabbitExchange(name, type=ExchangeType.TOPIC, durable=True)

    @property
    def dead(self) -> RabbitExchange:
        name = f"{self.namespace}.dead.v1"
        return RabbitExchange(name, type=ExchangeType.FANOUT, durable=True)

    def queue(self, group: str, lane: str) -> str:
        return f"{self.namespace}.{group}{lane}.v1"


class RabbitBus:
    """`Bus` on a RabbitMQ server. `start` waits until the server is there."""

    def __init__(
        self,
        url: str,
        *,
        groups: Mapping[str, Sequence[type[Event]]] = EVENTS_BY_WORKER,
        names: Names = Names(),
    ) -> None:
        self._url = url
        self._names = names
        self._groups = {name: tuple(types) for name, types in groups.items()}
        self._subscriptions: list[Subscription] = []
        self._listeners: list[Consumer] = []
        self._broker: RabbitBroker | None = None

    def subscribe(
        self, event_types: Sequence[type[Event]], consumer: Consumer, *, group: str, at_once: int
    ) -> None:
        self._groups[group] = tuple(event_types)
        self._subscriptions.append(Subscription(group, tuple(event_types), consumer, at_once))

    def subscribe_all(self, listener: Consumer) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        """Declare everything, of all groups, then consume: no event may find its queue missing."""
        # FastStream consumes on the channel that a queue was first declared on: where these are,
        # nobody would keep to `at_once`.
        async with _open_broker(self._url) as declaring:
            await _declare(declaring, self._names, self._groups)
        self._broker = broker = _open_broker(self._url)
        await broker.connect()
        for subscription in self._subscriptions:
            for lane in LANES:
                _subscribe(broker, self._names, subscription, lane)
        if self._listeners:
            _listen(broker, self._names, self._hear)
        await broker.start()

    async def stop(self) -> None:
        """Take no more, let what is in work end, and close."""
        if self._broker is not None:
            broker, self._broker = self._broker, None
            await broker.stop()

    async def publish(self, events: Sequence[Event]) -> None:
        """Confirmed by the server, or noted as lost: the sweeper sends such a hint again."""
        await asyncio.gather(*(self._publish(event) for event in events))

    async def is_consuming(self) -> bool:
        """Whether the server still has every queue of ours, and delivers from it."""
        broker = self._broker
        if broker is None or not await broker.ping(timeout=5.0):
            return False
        for subscription in self._subscriptions:
            for lane in LANES:
                if not await _has_consumer(broker, self._names.queue(subscription.group, lane)):
                    return False
        return True

    async def _publish(self, event: Event) -> None:
        try:
            if self._broker is None:
                raise ConnectionError("the bus is closed")
            async with asyncio.timeout(PUBLISH_WITHIN_S):
                await self._broker.publish(
                    event.model_dump_json().encode(),
                    exchange=self._names.events,
                    routing_key=routing_key(event),
                    message_id=event.event_id,
                    correlation_id=event.correlation_id or event.event_id,
                    content_type="application/json",
                    persist=True,
                    # Nobody need listen to the others.
                    mandatory=isinstance(event, TaskEvent),
                )
        except Exception as error:
            HINTS_LOST.inc()
            log.warning(
                "an event was not published; a sweep repeats it if a task waits for it",
                extra={
                    "event": event.name,
                    "document_id": event.document_id,
                    "correlation_id": event.correlation_id,
                    "reason": type(error).__name__,
                },
            )

    async def _hear(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            await listener(event)


def routing_key(event: Event) -> str:
    """The event's name; what others may overtake has `.bulk` behind it."""
    return event.name + (".bulk" if isinstance(event, TaskEvent) and event.bulk else "")


def _open_broker(url: str) -> RabbitBroker:
    return RabbitBroker(
        url,
        fail_fast=False,
        default_channel=Channel(publisher_confirms=True, on_return_raises=True),
        graceful_timeout=STOP_WITHIN_S,
        apply_types=False,
        decoder=_as_it_is,
        logger=None,
    )


async def _as_it_is(message: RabbitMessage) -> RabbitMessage:
    return message


def _queue(names: Names, group: str, lane: str, first_key: str) -> RabbitQueue:
    return RabbitQueue(
        names.queue(group, lane),
        queue_type=QueueType.QUORUM,
        durable=True,
        routing_key=first_key,
        arguments={
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": names.dead.name,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


async def _declare(
    broker: RabbitBroker, names: Names, groups: Mapping[str, Sequence[type[Event]]]
) -> None:
    exchange = await broker.declare_exchange(names.events)
    dead = await broker.declare_exchange(names.dead)
    aside = RabbitQueue(names.dead.name, queue_type=QueueType.QUORUM, durable=True)
    await (await broker.declare_queue(aside)).bind(dead)
    for group, event_types in groups.items():
        for lane in LANES:
            first_key = event_types[0].name + lane
            queue = await broker.declare_queue(_queue(names, group, lane, first_key))
            for event_type in event_types:
                await queue.bind(exchange, routing_key=event_type.name + lane)


def _subscribe(broker: RabbitBroker, names: Names, subscription: Subscription, lane: str) -> None:
    async def handle(message: RabbitMessage) -> None:
        event = _event_of(message)
        if event is None:
            await message.reject(requeue=False)
            return
        await _deliver(subscription.consumer, event)
        await message.ack()

    queue = _queue(names, subscription.group, lane, subscription.event_types[0].name + lane)
    channel = Channel(prefetch_count=subscription.at_once)
    broker.subscriber(queue, names.events, channel=channel, ack_policy=AckPolicy.MANUAL)(handle)


def _listen(broker: RabbitBroker, names: Names, hear: Callable[[Event], Awaitable[None]]) -> None:
    """A queue of this process alone, gone with it: what was missed is read from the database."""

    async def handle(message: RabbitMessage) -> None:
        event = _event_of(message)
        if event is not None:
            await _deliver(hear, event)

    name = f"{names.namespace}.listener.{uuid.uuid4()}"
    queue = RabbitQueue(name, exclusive=True, auto_delete=True, durable=False, routing_key="#")
    channel = Channel(prefetch_count=200)
    broker.subscriber(queue, names.events, channel=channel, ack_policy=AckPolicy.ACK_FIRST)(handle)


def _event_of(message: RabbitMessage) -> Event | None:
    """The event that a message carries; None for what is none of ours."""
    key = str(message.raw_message.routing_key or "").removesuffix(".bulk")
    try:
        return parse_event(key, message.body)
    except (KeyError, ValidationError):
        log.error("a message carries no event that this version knows", extra={"key": key})
        return None


async def _deliver(consumer: Callable[[Event], Awaitable[Any]], event: Event) -> None:
    try:
        await consumer(event)
    except Exception:
        log.exception(
            "a consumer failed; the sweeper will repeat the hint",
            extra={"event": event.name, "document_id": event.document_id},
        )


async def _has_consumer(broker: RabbitBroker, name: str) -> bool:
    """Asked on a channel of its own, which a missing queue closes."""
    with contextlib.suppress(Exception):
        connection = await broker.connect()
        async with asyncio.timeout(5.0), connection.channel() as channel:
            queue = await channel.declare_queue(name, passive=True)
            return bool(queue.declaration_result.consumer_count)
    return False
