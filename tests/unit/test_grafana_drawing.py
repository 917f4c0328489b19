"""A dashboard can be drawn whatever its queries bring."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from deploy.grafana.panels import FOLDER, Labels, Mark, Range, gather

OVER = Range(0.0, 240.0, 3.0)
# Four minutes of nothing, of one value alone, of zeros, and of what is usual.
MANY = len(OVER.times)
ANSWERS: dict[str, list[tuple[Labels, list[float]]]] = {
    "no series": [],
    "no value": [({}, [math.nan] * MANY)],
    "one value": [({}, [math.nan] * (MANY - 1) + [2.0])],
    "zeros": [({}, [0.0] * MANY)],
    "twenty series": [
        ({"status": f"state {number}"}, [float(number + at) for at in range(MANY)])
        for number in range(20)
    ],
}


@pytest.mark.optional
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_dashboard_can_be_drawn(answer: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pip install quire[pictures]")
    from deploy.grafana.drawing import draw

    picture = tmp_path / "picture.png"
    # The one with all kinds of panels.
    dashboard = gather(FOLDER / "pipeline.json", OVER, lambda *_: ANSWERS[answer], "12s")
    draw(dashboard, OVER, [Mark(60.0, "something happens")], picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
