"""Rescorers, which are optional: a small model of words in a wheel, or any cross-encoder."""

from __future__ import annotations

from shared.encoders.rescoring.base import Rescorer
from shared.settings import Settings

__all__ = ["Rescorer", "open_rescorer"]

NONE, SPLADE = "none", "splade"


def open_rescorer(settings: Settings) -> Rescorer | None:
    """Open the rescorer of the settings, if one is set. SettingsError: it is not available."""
    if settings.rescorer == NONE:
        return None
    if settings.rescorer == SPLADE:
        from shared.encoders.rescoring.splade import open_splade

        return open_splade(settings.cache_dir.expanduser())
    from shared.encoders.rescoring.cross_encoder import open_cross_encoder

    return open_cross_encoder(settings.rescorer)
