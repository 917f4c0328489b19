"""Encoders: texts to vectors. Engines are imported only when they are opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.encoders.base import EncoderOptions, TextEncoder
from shared.encoders.options import options_from
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.encoders.dynamic_batching import BatchingEncoder

__all__ = [
    "EncoderOptions",
    "OpenEncoder",
    "TextEncoder",
    "open_batching",
    "open_configured",
    "open_encoder",
]

OpenEncoder = Callable[[Settings], TextEncoder]


def open_encoder(options: EncoderOptions) -> TextEncoder:
    """Open the encoder that the options describe; the first call builds it, which takes seconds.

    SettingsError: the model, the engine or their combination is not available.
    """
    if options.engine == "sentence-transformers":
        from shared.encoders.transformers_engine import open_transformers

        return open_transformers(options)
    from shared.encoders.build import open_built

    return open_built(options)


def open_configured(settings: Settings) -> TextEncoder:
    """Open the encoder that the settings select; see `open_encoder`."""
    return open_encoder(options_from(settings))


async def open_batching(
    settings: Settings, open_: OpenEncoder = open_configured
) -> BatchingEncoder:
    """Open the encoder of the settings for asyncio; closing it also closes the opened encoder."""
    from shared.encoders.dynamic_batching import BatchingEncoder

    options = options_from(settings)
    return BatchingEncoder(
        await asyncio.to_thread(open_, settings),
        workers=options.stream_count,
        batch_tokens=options.batch_tokens,
    )
