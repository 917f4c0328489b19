"""The Celery application on Redis that carries hints to embedder workers.

A lost, repeated or late message does no harm, because tasks are claimed in the ledger, so the
settings aim at fast recovery rather than exact delivery.
"""

from __future__ import annotations

from celery import Celery
from celery.schedules import crontab
from kombu.entity import Queue
from redis import Redis, RedisError

from shared.domain.errors import SettingsError
from shared.settings import Settings

EMBED_TASK = "quire.embed"
CLEAN_UP_TASK = "quire.clean_up"
INTERACTIVE_QUEUE = "quire.embed"
BULK_QUEUE = "quire.embed.bulk"
# Seconds: far above the time of a batch, so that only a hung one is ended.
SOFT_LIMIT_S = 240
# Seconds: 30 s after the soft limit, for a batch that ignores the soft limit's exception.
HARD_LIMIT_S = 270
# Seconds: above the hard limit, so that a slow batch is not delivered a second time.
VISIBILITY_S = 300


def make_app(settings: Settings) -> Celery:
    """Return the Celery application, or raise SettingsError if no Redis is set."""
    url = settings.redis_url.get_secret_value()
    if not url:
        raise SettingsError("The embedder needs QUIRE_REDIS_URL: its workers take batches there.")
    app = Celery("quire", broker=url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_queues=[Queue(name) for name in _queues(settings)],
        task_default_queue=INTERACTIVE_QUEUE,
        # The claim makes a second delivery harmless; otherwise a killed worker's message is lost.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_pool=settings.embedder_pool,
        worker_concurrency=settings.embedder_concurrency,
        worker_max_tasks_per_child=10_000,
        # Only the prefork pool enforces these; in other pools the lease of a hung batch expires.
        task_soft_time_limit=SOFT_LIMIT_S,
        task_time_limit=HARD_LIMIT_S,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_S,
            # kombu's default looks for unacknowledged messages every 100 s.
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            # Queues in their order: the bulk queue is read only while the interactive one is empty.
            "queue_order_strategy": "priority",
            "socket_keepalive": True,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
        },
        timezone="UTC",
        beat_schedule={
            "clean-up": {"task": CLEAN_UP_TASK, "schedule": crontab(hour="2", minute="0")}
        },
    )
    return app


def _queues(settings: Settings) -> tuple[str, ...]:
    """Return the queues that this worker takes batches from.

    A worker of the interactive lane alone has a free slot when a small document arrives; the
    others may have a bulk batch in every slot, and a batch is not interrupted.
    """
    if settings.embedder_lanes == "interactive":
        return (INTERACTIVE_QUEUE,)
    return INTERACTIVE_QUEUE, BULK_QUEUE


def waiting(settings: Settings) -> dict[str, int]:
    """Return the number of waiting batches by queue, or nothing if Redis is unavailable."""
    # kombu keeps each queue in a Redis list of the same name; a missing list has length 0.
    try:
        with Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=3) as redis:
            return {name: int(redis.llen(name)) for name in (INTERACTIVE_QUEUE, BULK_QUEUE)}
    except RedisError:
        return {}
