"""Optional tracing: one trace per document, from its upload until it is indexed.

The trace id is derived from the correlation id that every task carries, so every service joins the
same trace without propagated context, also after a crash or a repeated hint.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import Iterator

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

Attribute = str | int | float | bool

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Tracing:
    """Records the spans of one service; `span` does nothing until `configure` is called."""

    def __init__(self) -> None:
        self._tracer: trace.Tracer | None = None
        self._provider: TracerProvider | None = None

    def configure(self, service: str, processor: SpanProcessor) -> None:
        """Start recording spans and pass them to `processor`."""
        resource = Resource.create({"service.name": f"quire-{service}"})
        self._provider = TracerProvider(resource=resource, id_generator=_Ids())
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("quire")

    def close(self) -> None:
        """Send the waiting spans and stop recording."""
        if self._provider is not None:
            self._provider.shutdown()
        self._tracer = self._provider = None

    @contextlib.contextmanager
    def span(self, name: str, correlation_id: str, **attributes: Attribute) -> Iterator[None]:
        """Record a span below the document's root while the context is entered."""
        if self._tracer is None or not correlation_id:
            yield
            return
        parent = trace.set_span_in_context(NonRecordingSpan(root_of(correlation_id)))
        given = {f"quire.{key}": value for key, value in attributes.items()}
        with self._tracer.start_as_current_span(name, parent, attributes=given):
            yield


def root_of(correlation_id: str) -> SpanContext:
    """Return the root that all spans of a correlation id share."""
    digest = hashlib.sha256(correlation_id.encode()).digest()
    return SpanContext(
        trace_id=int.from_bytes(digest[:16], "big") or 1,
        span_id=int.from_bytes(digest[16:24], "big") or 1,
        is_remote=True,
        trace_flags=_SAMPLED,
    )


def export_to(url: str) -> SpanProcessor:
    """Return a processor that sends spans to an OTLP collector at a gRPC address."""
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=url, insecure=not url.startswith("https")))


class _Ids(IdGenerator):
    """Generates span ids; `root_of` derives trace ids from the correlation id."""

    def generate_span_id(self) -> int:
        return random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        return random.getrandbits(128) or 1


tracing = Tracing()
