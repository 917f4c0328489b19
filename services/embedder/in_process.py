"""Runs the embedder without Celery: the process that takes a batch encodes it."""

from __future__ import annotations

from services.embedder.handlers import Embedding, handlers
from shared.domain.stages import EMBED
from shared.encoders.dynamic_batching import BatchingEncoder
from shared.process.service import Process, Readiness

# Batches per lane: enough to fill the encoder's batches with texts of several documents.
AT_ONCE = 4


def setup(process: Process, encoder: BatchingEncoder) -> Readiness:
    """Serve the embedder's tasks with `encoder`."""
    process.subscribe(handlers(Embedding(encoder)), group=EMBED.worker, at_once=AT_ONCE)
    return Readiness(checks={"encoder": encoder.is_ready})
