"""All work on one upload belongs to one trace, in every process."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.telemetry.tracing import Tracing, root_of


def test_spans_of_two_services_belong_to_one_trace() -> None:
    found: list[Any] = []
    for service in ("extractor", "embedder"):
        tracing, spans = Tracing(), InMemorySpanExporter()
        tracing.configure(service, SimpleSpanProcessor(spans))
        with tracing.span(f"{service} works", "upload-7", document_id="d"):
            pass
        tracing.close()
        found += spans.get_finished_spans()
    first, second = found
    root = root_of("upload-7")
    assert first.context.trace_id == second.context.trace_id == root.trace_id
    assert first.parent is not None
    assert first.parent.span_id == root.span_id
    assert first.resource.attributes["service.name"] == "quire-extractor"
    assert (first.attributes or {})["quire.document_id"] == "d"


def test_two_uploads_have_different_traces() -> None:
    assert root_of("a").trace_id != root_of("b").trace_id


def test_a_span_works_without_a_collector() -> None:
    tracing = Tracing()
    with tracing.span("work", "upload-7"):
        pass
    tracing.close()
