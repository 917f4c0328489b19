"""The vector index, in a folder or on a Chroma server."""

from __future__ import annotations

from pathlib import Path

from shared.vectors.base import VectorIndex


def open_index(
    where: Path | str,
    *,
    dimension: int | None = None,
    encoder: str | None = None,
    discard_foreign: bool = False,
) -> VectorIndex:
    """Open the index in a folder, which is created if missing, or at an http(s) address.

    Without `encoder` and `dimension` they are those of the index, or of the first row written.

        index = open_index(Path("data/vectors"), dimension=encoder.dimension, encoder=encoder.name)
        hits = await index.search(vector, types=["text"], k=10)

    SettingsError: another process has the folder open, or the index holds vectors of another
    encoder; `discard_foreign` drops such vectors instead, for callers that write all of them again.
    Unavailable: the server can't be reached.
    """
    # Imported here, because chromadb takes most of a second to import.
    from shared.vectors import chroma

    identity = {"encoder": encoder, "dimension": dimension} if encoder else None
    if isinstance(where, Path):
        return chroma.open_folder(where, identity, discard_foreign)
    return chroma.open_server(where, identity, discard_foreign)
