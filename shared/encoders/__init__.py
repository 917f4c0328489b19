"""Encoders: texts to vectors. Engines are imported only when they are opened."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from shared.domain.errors import SettingsError
from shared.encoders.base import EncoderOptions, TextEncoder
from shared.encoders.model_folder import TOKENIZER, find_folder
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.encoders.dynamic_batching import BatchingEncoder

__all__ = [
    "EncoderOptions",
    "OpenEncoder",
    "TextEncoder",
    "encoder_from",
    "open_batching",
    "open_encoder",
    "options_from",
    "tokenizer_path",
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


def encoder_from(settings: Settings) -> TextEncoder:
    """Open the encoder that the settings select; see `open_encoder`."""
    return open_encoder(options_from(settings))


async def open_batching(settings: Settings, open_: OpenEncoder = encoder_from) -> BatchingEncoder:
    """Open the encoder of the settings for asyncio; closing it also closes the opened encoder."""
    from shared.encoders.dynamic_batching import BatchingEncoder

    options = options_from(settings)
    return BatchingEncoder(
        await asyncio.to_thread(open_, settings),
        workers=options.stream_count,
        batch_tokens=options.batch_tokens,
    )


def options_from(settings: Settings) -> EncoderOptions:
    """Return the encoder options of the settings."""
    threads = settings.encoder_threads or os.cpu_count() or 1
    return EncoderOptions(
        engine=settings.encoder_engine,
        precision=settings.encoder_precision,
        model=settings.encoder_model,
        threads=threads,
        streams=threads,
        batch_tokens=settings.encoder_batch_tokens,
        cache_dir=settings.cache_dir.expanduser(),
    )


def tokenizer_path(options: EncoderOptions) -> Path:
    """Return the model's `tokenizer.json`, which measures chunks without an open encoder."""
    folder = find_folder(options.model)
    if folder is None and options.engine == "sentence-transformers":
        from shared.encoders.transformers_engine import hub_file

        return hub_file(options.model, TOKENIZER)
    path = (folder or Path(options.model)) / TOKENIZER
    if not path.is_file():
        raise SettingsError(
            f"The model has no tokenizer: {path} does not exist. Set QUIRE_ENCODER_MODEL to a"
            " complete model."
        )
    return path
