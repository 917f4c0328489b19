"""The bus on RabbitMQ: one topic exchange for all events and a quorum queue per group and lane.

A delivery is acknowledged when its consumer returns or fails: the ledger has the task's state, and
the sweeper publishes its event again. Queue names carry a version, because a queue can't be
declared again with other arguments.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

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

from shared.bus.base import Consumer, deliver
from shared.domain.events import Event, TaskEvent, parse_event
from shared.domain.stages import EVENTS_BY_WORKER
from shared.telemetry.metrics import EVENTS_UNPUBLISHED

log = logging.getLogger(__name__)

# Suffixes of routing keys and queue names, by lane.
LANE_SUFFIXES = {"interactive": "", "bulk": ".bulk"}
# Deliveries before an event is dead-lettered: more than the attempts after which a task fails.
DELIVERY_LIMIT = 20
# Seconds that a publisher waits for a confirmation; the sweeper repeats a lost event of a task.
PUBLISH_WITHIN_S = 5.0
# Seconds that running consumers get at a stop: less than the 60 s after which Compose kills.
STOP_WITHIN_S = 20.0
# Seconds for one answer of the server: less than the watchdog's interval.
CHECK_WITHIN_S = 5.0
# Events sent ahead to a listener, so that it does not wait one round trip for each.
LISTENER_PREFETCH = 200


@dataclass(frozen=True)
class Subscription:
    """The events that one group consumes, with up to `at_once` deliveries per lane."""

    group: str
    event_types: tuple[type[Event], ...]
    consumer: Consumer
    at_once: int


@dataclass(frozen=True)
class Names:
    """Names of exchanges and queues on the server; each test has its own namespace."""

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
        return f"{self.namespace}.{group}{LANE_SUFFIXES[lane]}.v1"


class RabbitBus:
    """Implements `Bus` on a RabbitMQ server; `start` waits until it can connect."""

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
        """Declare the queues of all groups, then consume, so that every event finds its queue."""
        # FastStream consumes on the channel that first declared a queue; declaring on a separate
        # connection keeps each queue's prefetch at `at_once`.
        async with _open_broker(self._url) as declaring:
            await _declare(declaring, self._names, self._groups)
        self._broker = broker = _open_broker(self._url)
        await broker.connect()
        for subscription in self._subscriptions:
            for lane in LANE_SUFFIXES:
                _subscribe(broker, self._names, subscription, lane)
        if self._listeners:
            _subscribe_all(broker, self._names, self._deliver_to_listeners)
        await broker.start()

    async def stop(self) -> None:
        """Stop consuming, wait for running consumers and close the connection."""
        if self._broker is not None:
            broker, self._broker = self._broker, None
            await broker.stop()

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish with confirmation; log and count each failure."""
        await asyncio.gather(*(self._publish(event) for event in events))

    async def is_consuming(self) -> bool:
        """Return whether the server has a consumer on every queue that is subscribed here."""
        broker = self._broker
        if broker is None or not await broker.ping(timeout=CHECK_WITHIN_S):
            return False
        for subscription in self._subscriptions:
            for lane in LANE_SUFFIXES:
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
                    # Only task events must have a queue; listeners to the others are optional.
                    mandatory=isinstance(event, TaskEvent),
                )
        except Exception as error:
            EVENTS_UNPUBLISHED.inc()
            log.warning(
                "an event was not published; the sweeper repeats it if its task is still due",
                extra={
                    "event": event.name,
                    "document_id": event.document_id,
                    "correlation_id": event.correlation_id,
                    "reason": type(error).__name__,
                },
            )

    async def _deliver_to_listeners(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            await listener(event)


def routing_key(event: Event) -> str:
    """Return the event's name, with the suffix `.bulk` in the bulk lane."""
    is_bulk = isinstance(event, TaskEvent) and event.bulk
    return event.name + LANE_SUFFIXES["bulk" if is_bulk else "interactive"]


def _open_broker(url: str) -> RabbitBroker:
    return RabbitBroker(
        url,
        fail_fast=False,
        default_channel=Channel(publisher_confirms=True, on_return_raises=True),
        graceful_timeout=STOP_WITHIN_S,
        apply_types=False,
        decoder=_undecoded,
        logger=None,
    )


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
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
    dead_letters = RabbitQueue(names.dead.name, queue_type=QueueType.QUORUM, durable=True)
    await (await broker.declare_queue(dead_letters)).bind(dead)
    for group, event_types in groups.items():
        for lane in LANE_SUFFIXES:
            first_key = event_types[0].name + LANE_SUFFIXES[lane]
            queue = await broker.declare_queue(_queue(names, group, lane, first_key))
            for event_type in event_types:
                await queue.bind(exchange, routing_key=event_type.name + LANE_SUFFIXES[lane])


def _subscribe(broker: RabbitBroker, names: Names, subscription: Subscription, lane: str) -> None:
    async def handle(message: RabbitMessage) -> None:
        event = _event_of(message)
        if event is None:
            await message.reject(requeue=False)
            return
        await deliver(subscription.consumer, event)
        await message.ack()

    queue = _queue(
        names, subscription.group, lane, subscription.event_types[0].name + LANE_SUFFIXES[lane]
    )
    channel = Channel(prefetch_count=subscription.at_once)
    broker.subscriber(queue, names.events, channel=channel, ack_policy=AckPolicy.MANUAL)(handle)


def _subscribe_all(
    broker: RabbitBroker, names: Names, listener: Callable[[Event], Awaitable[None]]
) -> None:
    """Consume all events through a temporary queue of this process.

    Events missed while disconnected are not replayed; listeners read the database instead.
    """

    async def handle(message: RabbitMessage) -> None:
        event = _event_of(message)
        if event is not None:
            await deliver(listener, event)

    name = f"{names.namespace}.listener.{uuid.uuid4()}"
    queue = RabbitQueue(name, exclusive=True, auto_delete=True, durable=False, routing_key="#")
    channel = Channel(prefetch_count=LISTENER_PREFETCH)
    broker.subscriber(queue, names.events, channel=channel, ack_policy=AckPolicy.ACK_FIRST)(handle)


def _event_of(message: RabbitMessage) -> Event | None:
    """Return the event in a message, or None if this version does not know it."""
    key = str(message.raw_message.routing_key or "").removesuffix(LANE_SUFFIXES["bulk"])
    try:
        return parse_event(key, message.body)
    except (KeyError, ValidationError):
        log.error(
            "a message has no event that this version knows; it is not processed",
            extra={"key": key},
        )
        return None


async def _has_consumer(broker: RabbitBroker, name: str) -> bool:
    """Return whether a queue has a consumer, on a separate channel: a missing queue closes it."""
    with contextlib.suppress(Exception):
        connection = await broker.connect()
        async with asyncio.timeout(CHECK_WITHIN_S), connection.channel() as channel:
            queue = await channel.declare_queue(name, passive=True)
            return bool(queue.declaration_result.consumer_count)
    return False
