"""Blob storage: bytes by key, in a folder or in an object store."""

from __future__ import annotations

from shared.blobs.base import Blobs
from shared.settings import Settings


def open_blobs(settings: Settings) -> Blobs:
    """Open the store of the settings. SettingsError: the address can't be used."""
    if not settings.blobs_url:
        from shared.blobs.folder import FolderBlobs

        return FolderBlobs(settings.data_dir / "blobs")
    # Imported here: only installations with an object store have its library.
    from shared.blobs.s3 import ObjectBlobs

    return ObjectBlobs(settings.blobs_url, settings.data_dir / "blobs-cache")
