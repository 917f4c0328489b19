"""Encoders: texts to vectors. Engines are imported only when they are opened."""

from __future__ import annotations

import os
from pathlib import Path

from shared.domain.errors import SettingsError
from shared.encoders.base import EncoderOptions, TextEncoder
from shared.encoders.model_folder import TOKENIZER, find_folder
from shared.settings import Settings

__all__ = ["EncoderOptions", "TextEncoder", "open_encoder", "options_from", "tokenizer_path"]


def open_encoder(options: EncoderOptions) -> TextEncoder:
    """Open the encoder that the options describe; the first call builds it, which takes seconds.

    SettingsError: the model, the engine or their combination is not available.
    """
    if options.engine == "sentence-transformers":
        from shared.encoders.transformers_engine import open_transformers

        return open_transformers(options)
    from shared.encoders.build import open_built

    return open_built(options)


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
