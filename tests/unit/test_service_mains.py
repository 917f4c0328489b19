"""A service that can't start prints one sentence on the cause and exits with code 1."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.warm import WarmProcess

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
def test_missing_settings_are_reported_without_a_traceback(
    module: str, tmp_path: Path, warm_parent: str
) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QUIRE_")}
    log = tmp_path / "log"
    with log.open("wb") as stderr:
        process = WarmProcess(
            warm_parent,
            [sys.executable, "-m", module],
            cwd=tmp_path,
            env=kept | {"QUIRE_PORT": "0"},
            stderr=stderr,
        )
    assert process.wait(timeout=60) == 1
    printed = log.read_text()
    (sentence,) = [line for line in printed.splitlines() if line.startswith("quire ")]
    assert "QUIRE_" in sentence
    assert "Traceback" not in printed
