"""A service that can't start prints one sentence on the cause and exits with code 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAINS = [
    "services.gateway.main",
    "services.extractor.main",
    "services.embedder.main",
    "services.embedder.worker",
    "services.embedder.beat",
    "services.indexer.main",
    "services.query.main",
]


@pytest.mark.parametrize("module", MAINS)
def test_missing_settings_are_reported_without_a_traceback(module: str, tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QUIRE_")}
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=tmp_path,
        env=kept | {"PYTHONPATH": str(ROOT), "QUIRE_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    (sentence,) = [line for line in done.stderr.splitlines() if line.startswith("quire ")]
    assert "QUIRE_" in sentence
    assert "Traceback" not in done.stderr
