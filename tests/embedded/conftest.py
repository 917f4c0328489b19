"""Fixtures for a whole system in a temporary folder, and documents for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.support.encoders import SmallModel

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def settings(tmp_path: Path, small_model: SmallModel) -> Settings:
    """Return settings with the small model: these tests ask what is found, not how well."""
    return Settings(_env_file=None, data_dir=tmp_path / "data", **small_model.settings)


def sample_paths() -> list[Path]:
    """The documents that every new user tries first."""
    return sorted([*SAMPLES.glob("*.pdf"), *SAMPLES.glob("*.docx")])


@pytest.fixture
def samples() -> list[Path]:
    return sample_paths()


@pytest.fixture
def corpus() -> Path:
    folder = os.environ.get("QUIRE_CORPUS", "")
    if not folder:
        pytest.skip("QUIRE_CORPUS names no folder of documents")
    return Path(folder)
