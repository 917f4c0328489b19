"""Packs a small random model in the file format of multilingual-e5-small, for tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.support.encoders import HEADS, HIDDEN, INNER, LAYERS, POSITIONS, random_tensors

WORDS = [
    "▁the",
    "▁a",
    "▁cat",
    "▁sat",
    "▁кот",
    "▁сидел",
    "▁猫",
    "猫",
    "s",
    "▁query",
    "▁passage",
    ":",
]
PIECES = [
    ("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0),
    *((word, -4.0 - place / 8) for place, word in enumerate(WORDS)), ("<mask>", 0.0),
]  # fmt: skip
_PARTS = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
    "aln": "attention.output.LayerNorm", "oln": "output.LayerNorm",
}  # fmt: skip


@dataclass(frozen=True)
class PackedModel:
    """A file, and the weights that it means, by their published names."""

    path: Path
    tensors: Mapping[str, np.ndarray]


def write_packed(path: Path, seed: int = 3) -> PackedModel:
    """Write a file; its 4-bit weights are read back one number at a time."""
    tensors = random_tensors(len(PIECES), seed)
    embeddings = {
        "emb.word": "word_embeddings.weight", "emb.pos": "position_embeddings.weight",
        "emb.type": "token_type_embeddings.weight", "emb.ln.w": "LayerNorm.weight",
        "emb.ln.b": "LayerNorm.bias",
    }  # fmt: skip
    names = {name: f"embeddings.{published}" for name, published in embeddings.items()}
    for layer in range(LAYERS):
        for short, part in _PARTS.items():
            for end, published in (("w", "weight"), ("b", "bias")):
                names[f"l{layer}.{short}.{end}"] = f"encoder.layer.{layer}.{part}.{published}"
    meant, blobs = {}, []
    for name, published in names.items():
        values = tensors[published]
        four_bit = name == "emb.word" or (name.endswith(".w") and "ln" not in name)
        blob = _pack(values) if four_bit else values.astype("<f4").tobytes()
        meant[published] = _meant(blob, values.shape) if four_bit else values
        blobs.append((name, int(four_bit), values.size, blob))
    path.write_bytes(_head() + _directory(len(_head()), blobs))
    return PackedModel(path, meant)


def _head() -> bytes:
    sizes = (HIDDEN, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 2)
    text = [piece.encode() for piece, _ in PIECES]
    offsets = np.cumsum([0, *map(len, text)]).astype("<u4")
    characters = struct.pack("<IBI", ord("ﬁ"), 1, ord("f"))
    return b"".join(
        [
            struct.pack("<4sI7ifi", b"E5S1", 1, *sizes, 1e-12, 32),
            struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, text))),
            offsets.tobytes(),
            np.array([score for _, score in PIECES], "<f4").tobytes(),
            *text,
            struct.pack("<iI", 1, len(characters)),
            characters,
        ]
    )


def _directory(start: int, blobs: list[tuple[str, int, int, bytes]]) -> bytes:
    entries = sum(2 + len(name) + 21 for name, *_ in blobs)
    at = start + 4 + entries
    made = [struct.pack("<i", len(blobs))]
    for name, kind, values, blob in blobs:
        made.append(struct.pack("<H", len(name)) + name.encode())
        made.append(struct.pack("<BIQQ", kind, values, at, len(blob)))
        at += len(blob)
    return b"".join([*made, *(blob for *_, blob in blobs)])


def _pack(values: np.ndarray) -> bytes:
    blocks = values.reshape(-1, 32)
    made = []
    for block in blocks:
        scale = np.float16(np.abs(block).max() / 7)
        levels = np.clip(np.round(block / np.float32(scale)), -8, 7).astype(int) + 8
        pairs = bytes(int(levels[at] | levels[at + 16] << 4) for at in range(16))
        made.append(struct.pack("<e", scale) + pairs)
    return b"".join(made)


def _meant(blob: bytes, shape: tuple[int, ...]) -> np.ndarray:
    numbers = []
    for at in range(0, len(blob), 18):
        (scale,) = struct.unpack_from("<e", blob, at)
        pairs = blob[at + 2 : at + 18]
        numbers += [(pair % 16 - 8) * scale for pair in pairs]
        numbers += [(pair // 16 - 8) * scale for pair in pairs]
    return np.array(numbers, np.float32).reshape(shape)
