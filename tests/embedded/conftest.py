"""Fixtures for a whole system in a temporary folder, and documents for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.maintenance import backup
from shared.settings import Settings
from tests.support import backups
from tests.support.encoders import SmallModel

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def cold_settings(tmp_path: Path, small_model: SmallModel) -> Settings:
    """Return settings with the small model: these tests ask what is found, not how well."""
    return Settings(_env_file=None, data_dir=tmp_path / "data", **small_model.settings)


@pytest.fixture
def settings(cold_settings: Settings, warm_starts: None) -> Settings:
    """Return the same settings for systems whose readers and index start as forks."""
    return cold_settings


@pytest.fixture
def data(tmp_path: Path) -> Settings:
    """Return settings over a data folder with documents of each kind, which no server uses."""
    return backups.data_folder(tmp_path)


@pytest.fixture
def made(data: Settings, tmp_path: Path) -> Path:
    """Make a backup of `data` and return its folder."""
    backup.make(data, tmp_path / "made")
    return tmp_path / "made"


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
