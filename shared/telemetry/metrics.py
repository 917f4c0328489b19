"""The Prometheus metrics of all services; labels never carry content or secrets."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import product
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from shared.domain.retry import Action
from shared.domain.stages import PROGRESS_STAGES, TASK_TYPES

METRICS = CollectorRegistry()
# Seconds: an attempt takes from milliseconds (a small batch) to half an hour (a large file).
_STAGES = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
# Seconds: a client waits for a request, so times above ten seconds need no detail.
_REQUESTS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LLM_OUTCOMES = (
    "completed",
    "stopped",
    "unreachable",
    "timeout",
    "rate_limited",
    "refused",
    "bad_response",
    "cut_off",
    "budget_spent",
)

TASK_SECONDS = Histogram(
    "quire_task_seconds",
    "Seconds from the claim of a task to the end of the attempt, by outcome.",
    ("task_type", "outcome"),
    buckets=_STAGES,
    registry=METRICS,
)
HTTP_SECONDS = Histogram(
    "quire_http_request_seconds",
    "Seconds of one HTTP request, by method, route and status.",
    ("method", "route", "status"),
    buckets=_REQUESTS,
    registry=METRICS,
)
QUERY_SECONDS = Histogram(
    "quire_query_seconds",
    "Seconds of one question, for an answer, for passages or for pictures.",
    ("kind",),
    buckets=_REQUESTS,
    registry=METRICS,
)
SWEPT = Counter(
    "quire_sweep_actions_total",
    "Tasks that the sweeper reclaimed, failed or announced again, by action.",
    ("action",),
    registry=METRICS,
)
DOCUMENTS = Gauge("quire_documents", "Documents by status.", ("status",), registry=METRICS)
TASKS = Gauge("quire_tasks", "Tasks by type and status.", ("task_type", "status"), registry=METRICS)
OLDEST_PENDING = Gauge(
    "quire_oldest_pending_task_seconds",
    "Age in seconds of the oldest pending task.",
    registry=METRICS,
)
EVENTS_UNPUBLISHED = Counter(
    "quire_events_unpublished_total",
    "Events that the broker did not confirm; the sweeper repeats those of waiting tasks.",
    registry=METRICS,
)
LEASES_LOST = Counter(
    "quire_leases_lost_total",
    "Attempts that ended because another worker had claimed the task.",
    registry=METRICS,
)
ATTEMPTS = Counter(
    "quire_failed_attempts_total",
    "Failed attempts, by task type and by the action that followed.",
    ("task_type", "action"),
    registry=METRICS,
)
CHUNKS = Counter(
    "quire_chunks_total", "Chunks that completed a stage, by stage.", ("stage",), registry=METRICS
)
BATCH_TEXTS = Histogram(
    "quire_encoder_batch_texts",
    "Texts in one encoder batch.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
    registry=METRICS,
)
BATCH_SECONDS = Histogram(
    "quire_encoder_batch_seconds",
    "Seconds of one encoder batch.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
    registry=METRICS,
)
SANDBOX_RULES = Gauge(
    "quire_sandbox_rule",
    "Whether a rule that confines readers of documents is in force (1) or not (0), by rule.",
    ("rule",),
    registry=METRICS,
)
DISK_FREE = Gauge("quire_disk_free_bytes", "Free bytes of the disk of uploads.", registry=METRICS)
REFUSED_REQUESTS = Counter(
    "quire_http_requests_refused_total",
    "Requests that were refused unheard, since there were too many, by the code of the problem.",
    ("code",),
    registry=METRICS,
)
CONNECTIONS = Gauge("quire_http_connections", "Open HTTP connections.", registry=METRICS)
CLOSED_CONNECTIONS = Counter(
    "quire_http_connections_closed_total",
    "Connections that exceeded a limit: of time (head, body, reader), number or HTTP's form.",
    ("cause",),
    registry=METRICS,
)
LISTENERS = Gauge("quire_event_listeners", "Clients connected to event streams.", registry=METRICS)
ENDED_LISTENERS = Counter(
    "quire_event_listeners_ended_total",
    "Listeners that the server let go: it was stopping, they read too slowly (too_slow), or events"
    " could not be read (unavailable).",
    ("reason",),
    registry=METRICS,
)
CELERY_QUEUE = Gauge(
    "quire_celery_queue_messages",
    "Batches that wait in Redis for an embedder worker, by queue.",
    ("queue",),
    registry=METRICS,
)
CACHE = Counter(
    "quire_encoder_texts_total",
    "Texts by the source of their vector: the cache or the encoder.",
    ("source",),
    registry=METRICS,
)
READ_MODEL_LAG_EVENTS = Gauge(
    "quire_read_model_lag_events",
    "Committed events that a read model of this process has not applied, by model.",
    ("model",),
    registry=METRICS,
)
READ_MODEL_LAG_SECONDS = Gauge(
    "quire_read_model_lag_seconds",
    "Seconds since the oldest event was seen that a read model has not applied, by model.",
    ("model",),
    registry=METRICS,
)
READ_MODEL_REBUILDS = Counter(
    "quire_read_model_rebuilds_total",
    "Attempts to build a read model of this process from the rows.",
    registry=METRICS,
)
QUERY_CACHE = Counter(
    "quire_query_cache_total",
    "Vectors of questions and statements, passages and rows, by whether a cache had them.",
    ("cache", "result"),
    registry=METRICS,
)
INDEX_RECALL = Gauge(
    "quire_index_recall",
    "Share of the nearest vectors that the index found when this process last measured it.",
    registry=METRICS,
)
LLM_REQUESTS = Counter(
    "quire_llm_requests_total",
    "Answers asked of the language model, by outcome: completed, stopped, or why it failed.",
    ("outcome",),
    registry=METRICS,
)
LLM_FIRST_TOKEN_SECONDS = Histogram(
    "quire_llm_first_token_seconds",
    "Seconds from a request to the language model until its first token.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=METRICS,
)
LLM_TOKENS = Counter(
    "quire_llm_tokens_total",
    "Tokens that the language model read (prompt) and wrote (completion).",
    ("kind",),
    registry=METRICS,
)
CLAIMS = Counter(
    "quire_answer_claims_total",
    "Statements of answers, by the verdict of the check against their sources.",
    ("verdict",),
    registry=METRICS,
)
INVENTED_MARKS = Counter(
    "quire_llm_invented_marks_total",
    "Marks of sources that the language model invented, which were left out.",
    registry=METRICS,
)
# Not 0, which would raise the alert before the first measurement.
INDEX_RECALL.set(float("nan"))

# Series start at 0: a rate ignores the first count of a series that first appears with it.
_FROM_THE_START: dict[Counter, Iterable[tuple[str, ...]]] = {
    SWEPT: [("expired",), ("hinted",), ("failed",)],
    ATTEMPTS: product(TASK_TYPES, get_args(Action)),
    CHUNKS: [(stage.name,) for stage in PROGRESS_STAGES],
    CACHE: [("cache",), ("encoder",)],
    ENDED_LISTENERS: product(("stopping", "too_slow", "unavailable")),
    QUERY_CACHE: product(("vectors", "statements", "passages", "rows"), ("hit", "miss")),
    CLOSED_CONNECTIONS: product(
        ("head", "body", "reader", "invalid", "address", "ceiling", "evicted")
    ),
    LLM_REQUESTS: product(LLM_OUTCOMES),
    LLM_TOKENS: [("prompt",), ("completion",)],
    CLAIMS: [("exact",), ("supported",), ("unsupported",)],
    REFUSED_REQUESTS: product(("too_many_at_once", "too_many_requests", "overloaded")),
}
for _counter, _labellings in _FROM_THE_START.items():
    for _labels in _labellings:
        _counter.labels(*_labels)


def observe_task(task_type: str, outcome: str, seconds: float) -> None:
    """Record the duration in seconds and the outcome of one attempt."""
    TASK_SECONDS.labels(task_type, outcome).observe(seconds)


def render_metrics() -> bytes:
    """Return all metrics in the Prometheus text format.

    The metrics of a pool's child processes are read from the folder PROMETHEUS_MULTIPROC_DIR, which
    must be set before they start.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(METRICS)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)
