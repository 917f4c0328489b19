"""Collections in Chroma have the sizes that are written down, whichever version made them."""

from __future__ import annotations

from pathlib import Path

import chromadb
import numpy as np
from chromadb.api import ClientAPI
from chromadb.config import Settings

from shared.vectors.base import COLLECTIONS, VectorRow
from shared.vectors.chroma_collections import CONFIGURATION, Collections

IDENTITY = {"encoder": "e", "dimension": 4}


def client(path: Path) -> ClientAPI:
    return chromadb.PersistentClient(str(path), Settings(anonymized_telemetry=False))


def in_view(opened: ClientAPI) -> set[object]:
    found = (opened.get_collection(name) for name in COLLECTIONS.values())
    return {each.configuration_json["hnsw"]["ef_search"] for each in found}


def test_a_collection_of_an_earlier_version_is_searched_with_the_present_view(
    tmp_path: Path,
) -> None:
    opened = client(tmp_path)
    for name in COLLECTIONS.values():
        opened.create_collection(
            name,
            configuration={"hnsw": {**CONFIGURATION["hnsw"], "ef_search": 100}},  # type: ignore[arg-type]
            metadata=IDENTITY,
            embedding_function=None,
        )
    vector = np.eye(4, dtype=np.float32)[0]
    Collections(opened, IDENTITY).upsert("text", [VectorRow("a", "text", "d", vector, "e")])
    assert in_view(opened) == {CONFIGURATION["hnsw"]["ef_search"]}
    assert Collections(opened, IDENTITY).ids("text") == {"a"}


def test_a_new_collection_has_the_written_sizes(tmp_path: Path) -> None:
    opened = client(tmp_path)
    Collections(opened, IDENTITY)
    hnsw = opened.get_collection("text_chunks").configuration_json["hnsw"]
    assert {name: hnsw[name] for name in CONFIGURATION["hnsw"]} == CONFIGURATION["hnsw"]
