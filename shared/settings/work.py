"""When work is taken over or repeated, and how long records are kept."""

from __future__ import annotations

from pydantic import Field

from shared.settings.answering import AnsweringSettings


class WorkSettings(AnsweringSettings):
    """Leases, sweeps and retention; the last group, so that it has all fields, in their order."""

    lease_seconds: float = Field(
        30, gt=0, description="Time after which a silent worker loses its task"
    )
    heartbeat_seconds: float = Field(10, gt=0, description="Interval of a worker's heartbeats")
    sweep_seconds: float = Field(10, gt=0, description="Interval of the sweeps for stuck tasks")
    hint_seconds: float = Field(
        60, gt=0, description="Time before an unclaimed task is announced again"
    )
    keep_tasks_days: int = Field(
        30, ge=1, description="Days that finished tasks of finished documents are kept"
    )
    keep_queries_days: int = Field(
        90,
        ge=0,
        description="Days that query logs and conversations are kept; 0: without limit",
    )
