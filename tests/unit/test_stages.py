"""The table of stages: its lanes, and the parts that read its rows."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from shared.domain.events import EVENTS
from shared.domain.stages import LARGE_FILE_BYTES, STAGES
from shared.ledger.steps import new_task

ROOT = Path(__file__).parents[2]

# Adds a row before any consumer is imported, then asks each consumer about it.
NEW_STAGE = """
from shared.domain import events, stages

class PagesSummarised(events.TaskEvent):
    name = "pages.summarised.v1"

events.EVENTS[PagesSummarised.name] = PagesSummarised
source = open(stages.__file__).read().replace(
    "(EXTRACT, RECOGNISE, EMBED, INDEX, RETIRE, DELETE)",
    "(EXTRACT, RECOGNISE, EMBED, INDEX, RETIRE, DELETE, SUMMARISE)",
).replace("STAGES: dict", '''SUMMARISE = Stage(
    name="summarise", event=events.EVENTS["pages.summarised.v1"], worker="summariser",
    senders=("extractor",), label="summarising", retry="forever", in_progress=True,
)
STAGES: dict''', 1)
exec(compile(source, stages.__file__, "exec"), stages.__dict__)

from sqlalchemy.dialects import sqlite
from shared.bus import asyncapi, rabbitmq
from shared.database.schema import ProcessingTask
from shared.domain.errors import EmbedFailed
from shared.domain.retry import decide, classify_failure
from shared.ledger import lifecycle, tasks
from shared.ledger.steps import ClaimedTask, new_task
from shared.telemetry.metrics import render_metrics
from shared.worker import sweeper
from datetime import UTC, datetime
from services.gateway.schemas import status
from shared.repositories import progress
from types import SimpleNamespace

def values(statement):
    binds = statement.compile(dialect=sqlite.dialect()).binds.values()
    return str([bind.value for bind in binds])

checks = [str(each.sqltext) for each in ProcessingTask.__table__.constraints
          if hasattr(each, "sqltext")]
assert any("'summarise'" in each for each in checks)
task = ClaimedTask("t", "d", 1, "summarise", 0, False, False, 1, 1, "c", datetime.now(UTC))
assert isinstance(tasks.hint_for(task), PagesSummarised)
assert "summarising" in values(tasks._CLAIM)
assert "summarise" in values(lifecycle._UNFINISHED)
failed = decide(classify_failure(EmbedFailed()), task_type="summarise", attempt=99, strict=False,
                jitter=0.0)
assert failed.action == "retry" and not failed.counts_attempt
assert "summarise" in sweeper.RETRIED_FOREVER
assert rabbitmq.RabbitBus("amqp://nowhere")._groups["summariser"] == (PagesSummarised,)
assert "Sent by: extractor." in str(
    asyncapi.asyncapi_document()["operations"]["publish_pages_summarised_v1"])
assert b'quire_chunks_total{stage="summarise"}' in render_metrics()
assert new_task(stages.STAGES["summarise"], 1).bulk
assert "summarise_passed" in progress._PROGRESS.selected_columns
assert list(status.Stages.model_fields) == [
    "reading", "recognising", "embedding", "indexing", "summarising"]
row = SimpleNamespace(status="processing", extracted_chunks=2, total_chunks=2, embed_passed=2,
                      index_passed=2, summarise_passed=1, pages_to_recognise=1, pages_recognised=1)
assert status.current_step(row) == "summarising"
assert stages.EXTRACT.total_steps == 5
"""


@pytest.mark.parametrize(
    ("stage", "batch", "file_size", "bulk"),
    [
        ("recognise", 0, 0, False),
        ("recognise", 1, 0, True),
        ("extract", 0, 10_000, False),
        ("extract", 0, LARGE_FILE_BYTES, False),
        ("extract", 0, LARGE_FILE_BYTES + 1, True),
        ("embed", 0, 0, False),
        ("embed", 1, 0, True),
        ("index", 0, 0, False),
        ("index", 7, 0, True),
        ("delete", 0, LARGE_FILE_BYTES + 1, False),
        ("retire", 0, LARGE_FILE_BYTES + 1, False),
    ],
)
def test_large_files_and_later_batches_are_bulk(
    stage: str, batch: int, file_size: int, bulk: bool
) -> None:
    assert new_task(STAGES[stage], batch, file_size).bulk is bulk


def test_events_of_stages_are_distinct() -> None:
    names = [stage.event.name for stage in STAGES.values()]
    assert len(set(names)) == len(names)
    assert set(names) <= set(EVENTS)


def test_a_new_row_is_used_by_every_part_that_reads_the_table() -> None:
    run = subprocess.run(
        [sys.executable, "-c", NEW_STAGE], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


def test_no_module_but_the_table_compares_with_the_name_of_a_stage() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("shared", "services")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare) and "task_type" in ast.unparse(node)
        for value in ast.walk(node)
        if isinstance(value, ast.Constant) and value.value in STAGES
    ]
    assert found == []
