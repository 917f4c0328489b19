"""How batches reach embedder workers: Celery on Redis. It carries hints; the ledger is the truth.

A message that is lost, doubled or late does no harm, so nothing here is made to be exact: it is
made to recover soon. Settings that look odd are answers to what Celery and Redis really do.
"""

from __future__ import annotations

from celery import Celery
from celery.schedules import crontab
from kombu.entity import Queue
from redis import Redis, RedisError

from shared.domain.errors import SettingsError
from shared.settings import Settings

EMBED = "quire.embed"
CLEAN_UP = "quire.clean_up"
INTERACTIVE_LANE = "quire.embed"
BULK_LANE = "quire.embed.bulk"
SOFT_LIMIT_S = 240
HARD_LIMIT_S = 270
# Above the hard limit, or a slow batch would be started a second time while it still runs.
VISIBILITY_S = 300


def make_app(settings: Settings) -> Celery:
    """The Celery application. SettingsError: no Redis is set."""
    url = settings.redis_url.get_secret_value()
    if not url:
        raise SettingsError("The embedder needs QUIRE_REDIS_URL: its workers take batches there.")
    app = Celery("quire", broker=url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_queues=[Queue(name) for name in _lanes(settings)],
        task_default_queue=INTERACTIVE_LANE,
        # The claim makes a second delivery harmless; without these a killed worker's is lost.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_pool=settings.embedder_pool,
        worker_concurrency=settings.embedder_concurrency,
        worker_max_tasks_per_child=10_000,
        # Only the prefork pool can enforce these; a lease that does not move ends by itself.
        task_soft_time_limit=SOFT_LIMIT_S,
        task_time_limit=HARD_LIMIT_S,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_S,
            # kombu looks for unacknowledged messages every 100 s if it is left alone.
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            # In the order of the queues: the bulk lane only while the first one is empty.
            "queue_order_strategy": "priority",
            "socket_keepalive": True,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
        },
        timezone="UTC",
        beat_schedule={"clean-up": {"task": CLEAN_UP, "schedule": crontab(hour="2", minute="0")}},
    )
    return app


def _lanes(settings: Settings) -> tuple[str, ...]:
    """The queues that this worker takes batches from.

    A worker of the interactive lane alone has a free slot when a small document arrives; the
    others may have a bulk batch in every slot, and a batch is not interrupted.
    """
    if settings.embedder_lanes == "interactive":
        return (INTERACTIVE_LANE,)
    return INTERACTIVE_LANE, BULK_LANE


def waiting(settings: Settings) -> dict[str, int]:
    """Batches that wait for a worker, by queue; empty if Redis can't be asked."""
    # A queue of kombu's is a list of its name, and an empty list does not exist.
    try:
        with Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=3) as redis:
            return {name: int(redis.llen(name)) for name in (INTERACTIVE_LANE, BULK_LANE)}
    except RedisError:
        return {}
