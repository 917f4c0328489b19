"""Structured logs: one JSON object per line, with ids and without content or secrets."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.domain.caller import asking_or_none

log = logging.getLogger(__name__)

# Loggers that write about every message or request below WARNING.
_CHATTY = (
    "aio_pika aiormq amqp asyncio celery chromadb faststream httpcore httpx kombu mcp"
    " uvicorn.access"
).split()

# Attributes that every record has; all others come from `extra`.
_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON: time, level, service, logger, message and every `extra` field.

    `caller` is the id of the principal whose request is worked on.
    """

    def __init__(self, service: str = "") -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if caller := asking_or_none():
            line["caller"] = caller.principal_id
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logging(
    level: str, *, service: str, sql_echo: bool = False, notes: Sequence[str] = ()
) -> None:
    """Write this process's structured logs on standard error, `notes` first."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if sql_echo:
        logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)
    for note in notes:
        log.warning(note)
