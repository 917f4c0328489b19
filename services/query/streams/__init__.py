"""Streams of answers that are made now: in memory, and in Redis too if several processes answer."""

from __future__ import annotations

from services.query.streams.base import AnswerStreams
from services.query.streams.memory import MemoryStreams
from shared.settings import Settings

__all__ = ["AnswerStreams", "open_streams"]


def open_streams(settings: Settings) -> AnswerStreams:
    """Return the streams of the settings; Redis is connected to when it is first needed."""
    url = settings.redis_url.get_secret_value()
    if not url:
        return MemoryStreams()
    from services.query.streams.redis import RedisStreams

    return RedisStreams.at(url)
