"""Builds an engine's files once: `python -m shared.encoders.build`, or at the first opening.

A child process does the work, so that its memory is freed afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shared.domain.errors import SettingsError
from shared.encoders import centring
from shared.encoders.base import EncoderOptions
from shared.encoders.bert import openvino_engine as engine
from shared.encoders.bert.calibration import calibration_texts
from shared.encoders.bert.encoder import BertEncoder
from shared.encoders.bert.reference import encode_row
from shared.encoders.bert.weights import fold, load_weights
from shared.encoders.build_cache import build_once
from shared.encoders.centring import centred
from shared.encoders.model_folder import ModelFolder, read_folder
from shared.text import context, normalize

# Least mean cosine to the exact encoder: a good build has 0.99 or more; a lower value most likely
# comes from a CPU whose int8 products overflow.
MIN_COSINE = 0.98
# Texts compared; few, because the exact encoder is slow.
CHECKED_TEXTS = 8

log = logging.getLogger(__name__)


def open_built(options: EncoderOptions) -> BertEncoder:
    """Open the encoder from the cache; a child process builds it first if it is missing."""
    folder = read_folder(options)
    files = built_folder(options)
    if not files.is_dir():
        log.info("building the encoder", extra={"engine": options.engine, "model": folder.label})
        build_in_child(options)
    return engine.open_graph(folder, _name(folder, options), files, options)


def built_folder(options: EncoderOptions) -> Path:
    """Return the folder of the cache that holds the built encoder, or will."""
    return options.cache_dir / _key(read_folder(options), options)


def build_here(options: EncoderOptions) -> Path:
    """Build and check the encoder in this process, and return its folder in the cache."""
    folder = read_folder(options)

    def write(target: Path) -> None:
        engine.write_graph(folder, options, target)
        _check(engine.open_graph(folder, "", target, options), folder)

    return build_once(options.cache_dir, _key(folder, options), write)


def encoder_name(options: EncoderOptions) -> str:
    """Return the name of the encoder that `open_built` opens."""
    return _name(read_folder(options), options)


def _check(encoder: BertEncoder, folder: ModelFolder) -> None:
    texts = calibration_texts()[:CHECKED_TEXTS]
    bert = fold(load_weights(folder))
    exact = [encode_row(bert, row, folder.pooling) for row in encoder.tokenize(texts)]
    wanted = centred(np.stack(exact), encoder.shift)
    cosine = float((encoder.encode(texts) * wanted).sum(1).mean())
    encoder.close()
    if cosine < MIN_COSINE:
        raise SettingsError(
            f"This machine does not compute the encoder exactly enough (cosine {cosine:.3f})."
            " Set QUIRE_ENCODER_PRECISION to fp32."
        )


def _name(folder: ModelFolder, options: EncoderOptions) -> str:
    parts = [folder.sha256, folder.pooling, engine.VERSION, normalize.VERSION, context.VERSION]
    parts += [folder.prefixes.text] if folder.prefixes.text else []
    parts += [f"centred {centring.SHARE}"] if folder.one_sided else []
    if options.precision == "int8":
        parts += calibration_texts()
    return f"{folder.label}/{options.engine}-{options.precision}-{_digest(parts)}"


def _key(folder: ModelFolder, options: EncoderOptions) -> str:
    return f"{options.engine}-{_digest([_name(folder, options), engine.RUNTIME])}"


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def build_in_child(options: EncoderOptions) -> None:
    """Build if missing. SettingsError: the build failed or is not exact enough."""
    command = [sys.executable, "-m", "shared.encoders.build", "--here"]
    command += ["--precision", options.precision, "--model", options.model]
    command += ["--cache-dir", str(options.cache_dir)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        # On a busy machine BLAS threads spin-wait for each other, which costs more than it gains.
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise SettingsError(f"The encoder could not be built: {reason}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the encoder of the command line's options if it is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.encoders.build", description=main.__doc__
    )
    defaults = EncoderOptions()
    parser.add_argument("--precision", choices=("int8", "fp32"), default=defaults.precision)
    parser.add_argument("--model", default=defaults.model)
    parser.add_argument("--cache-dir", type=Path, default=defaults.cache_dir)
    parser.add_argument("--here", action="store_true", help="build in this process, not a child")
    chosen = vars(parser.parse_args(arguments))
    here, options = chosen.pop("here"), EncoderOptions(**chosen)
    try:
        if here:
            build_here(options)
        else:
            build_in_child(options)
    except SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
