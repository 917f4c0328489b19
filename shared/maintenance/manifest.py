"""The description of a backup, `manifest.json` in its folder, which is written last."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from shared.domain.errors import BackupError

FILE_NAME = "manifest.json"
# Increase it when older versions can't restore the new format.
FORMAT = 1


class Manifest(BaseModel):
    """The moment and content of a backup. `created_at` is when its last database copy began."""

    format: int
    quire: str
    schema_version: str
    created_at: datetime
    documents: int
    chunks: int
    tasks: int
    query_logs: int
    blobs: int
    blob_bytes: int
    database_bytes: int
    database_sha256: str
    # Files that the data folder itself lacked, or had with other bytes: "KEY: missing".
    faults: list[str]


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest to the disk."""
    with (folder / FILE_NAME).open("x", encoding="utf-8") as file:
        file.write(manifest.model_dump_json(indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> Manifest:
    """Read the manifest of a backup. BackupError: the folder has none, or a newer one."""
    try:
        manifest = Manifest.model_validate_json((folder / FILE_NAME).read_bytes())
    except OSError:
        raise BackupError(
            f"{folder} is not a backup: it has no readable {FILE_NAME}. Name the folder that"
            " `quire backup` made."
        ) from None
    except ValidationError:
        raise BackupError(
            f"{folder} is not a backup that this version of Quire knows: {FILE_NAME} has other"
            " content. Use another backup, or the version that made this one."
        ) from None
    if manifest.format > FORMAT:
        raise BackupError(
            f"{folder} was made by a newer version of Quire ({manifest.quire}). Install that"
            " version, or use another backup."
        )
    return manifest
