"""What operators see: structured logs and metrics. Ids only; never content, never a secret."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from shared.steps import ClaimedTask

METRICS = CollectorRegistry()
_STAGES = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_REQUESTS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

TASK_SECONDS = Histogram(
    "quire_task_seconds",
    "Time from claim to end of one attempt",
    ("task_type", "outcome"),
    buckets=_STAGES,
    registry=METRICS,
)
HTTP_SECONDS = Histogram(
    "quire_http_request_seconds",
    "Time of one HTTP request",
    ("method", "route", "status"),
    buckets=_REQUESTS,
    registry=METRICS,
)
QUERY_SECONDS = Histogram(
    "quire_query_seconds", "Time of one question", ("kind",), buckets=_REQUESTS, registry=METRICS
)
SWEPT = Counter("quire_sweep_actions_total", "What sweeps did", ("action",), registry=METRICS)
DOCUMENTS = Gauge("quire_documents", "Documents by state", ("status",), registry=METRICS)
TASKS = Gauge("quire_tasks", "Tasks by type and state", ("task_type", "status"), registry=METRICS)
OLDEST_PENDING = Gauge(
    "quire_oldest_pending_task_seconds", "Age of the longest waiting task", registry=METRICS
)
CACHE = Counter(
    "quire_encoder_texts_total",
    "Texts by where their vector came from",
    ("source",),
    registry=METRICS,
)

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and every `extra` field."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logging(level: str) -> None:
    """Structured logs on standard error for everything in this process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "chromadb", "asyncio", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def task_metrics(task: ClaimedTask, outcome: str, seconds: float) -> None:
    """Count one attempt."""
    TASK_SECONDS.labels(task.task_type, outcome).observe(seconds)


def render_metrics() -> bytes:
    """All metrics in the Prometheus text format."""
    return generate_latest(METRICS)
