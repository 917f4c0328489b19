"""Encoders of pictures, which are optional: no model of theirs comes with Quire."""

from __future__ import annotations

from shared.encoders.pictures.base import PictureEncoder
from shared.settings import Settings

__all__ = ["PictureEncoder", "open_picture_encoder"]


def open_picture_encoder(settings: Settings) -> PictureEncoder | None:
    """Open the model of the settings, if one is set. SettingsError: it is not available."""
    if not settings.picture_model:
        return None
    from shared.encoders.pictures.clip import open_clip

    return open_clip(settings.picture_model)
