"""Follow Quire's events from another service: python docs/examples/consumer.py amqp://…

Your queue gets a copy of every event that it is bound to; Quire's queues are not affected. Events
may arrive twice, late or out of order; ask the HTTP API for the current state.
"""

from __future__ import annotations

import asyncio
import json
import sys

import aio_pika

EXCHANGE = "quire.events.v1"
QUEUE = "example.audit.v1"
BINDINGS = ("document.indexed.v1", "document.failed.v1", "document.deleted.v1")


async def follow(url: str) -> None:
    connection = await aio_pika.connect_robust(url)
    async with connection, connection.channel() as channel:
        await channel.set_qos(prefetch_count=20)
        exchange = await channel.get_exchange(EXCHANGE)
        queue = await channel.declare_queue(QUEUE, durable=True)
        for name in BINDINGS:
            await queue.bind(exchange, routing_key=name)
        print("listening", flush=True)
        async with queue.iterator() as messages:
            async for message in messages:
                async with message.process():  # acknowledged once this is left without an error
                    event = json.loads(message.body)
                    print(message.routing_key, event["document_id"], flush=True)


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1]))
