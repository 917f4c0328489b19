"""Names and pieces of the files in a file, as they are passed to the service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.extractor.document import Member, ReaderLimits
from services.extractor.readers.clean import clean

PIECE = 1024 * 1024  # bytes of a member in one frame, a MiB
MAX_PATH = 1_024  # characters; longer paths lose their beginning
TOO_MANY = (
    "There are more files in it, or larger ones in all, than this server accepts in one upload."
    " Upload this one by itself."
)
TOO_DEEP = "It is an e-mail in too many others. Upload it by itself."


def path_of(name: str) -> str:
    """Return a path as one line; it is only displayed, never a path of this system."""
    shown = " ".join(clean(name.replace("\\", "/")).split())
    return shown[-MAX_PATH:]


@dataclass
class Left:
    """How many more files and bytes of one upload are passed on."""

    members: int
    size: int

    @classmethod
    def of(cls, limits: ReaderLimits) -> Left:
        return cls(limits.max_members, limits.max_members_mb * PIECE)

    def pieces(self, path: str, data: bytes) -> Iterator[Member]:
        """Yield a member in pieces of at most 1 MiB, or refused if it is beyond what is left."""
        if self.members < 1 or len(data) > self.size:
            yield Member(path, refusal=("too_large", TOO_MANY))
            return
        self.members -= 1
        self.size -= len(data)
        for start in range(0, len(data), PIECE):
            yield Member(path, data[start : start + PIECE], last=False)
        yield Member(path)
