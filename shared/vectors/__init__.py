"""The index of vectors, in a folder or on a Chroma server."""

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
    """The index in a folder, made if it is not there, or on the server at an http(s) address.

    Who does not know the encoder takes that of the index, or of the first row it writes.

    SettingsError: another process has the folder open, or the index holds vectors of another
    encoder; with `discard_foreign` such vectors are dropped instead, for whoever is about to write
    them anew. Unavailable: the server can't be reached.
    """
    # Importing chromadb takes most of a second: only who opens an index pays for it.
    from shared.vectors import chroma

    identity = {"encoder": encoder, "dimension": dimension} if encoder else None
    if isinstance(where, Path):
        return chroma.open_folder(where, identity, discard_foreign)
    return chroma.open_server(where, identity, discard_foreign)
