"""Names and pieces of the files in a file, as they are passed to the service."""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.document import Member
from services.extractor.readers.clean import clean

PIECE = 1024 * 1024  # bytes of a member in one frame
MAX_PATH = 1_024  # characters; longer paths lose their beginning
TOO_MANY = (
    "There are more files in it than this server accepts in one upload. Upload this one by itself."
)
TOO_DEEP = "It is an e-mail in too many others. Upload it by itself."


def path_of(name: str) -> str:
    """Return a path as one line; it is only displayed, never a path of this system."""
    shown = " ".join(clean(name.replace("\\", "/")).split())
    return shown[-MAX_PATH:]


def pieces(path: str, data: bytes) -> Iterator[Member]:
    """Yield a member whose bytes are in memory, in pieces of at most 1 MiB."""
    for start in range(0, len(data), PIECE):
        yield Member(path, data[start : start + PIECE], last=False)
    yield Member(path)
