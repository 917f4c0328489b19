"""Reads the options of the encoder from the settings, and finds the tokenizer of its model."""

from __future__ import annotations

import os
from pathlib import Path

from shared.domain.errors import SettingsError
from shared.encoders.base import EncoderOptions
from shared.encoders.model_folder import TOKENIZER, find_folder
from shared.settings import Settings


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
    folder = find_folder(options.model, options.cache_dir)
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
