"""Stores the files in an archive or e-mail, which become documents of their own.

They are unpacked in the sandbox, and come in pieces. One that can't become a document is noted with
the reason and does not stop the others.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from services.extractor.document import Member, ReaderLimits, ReadOptions
from services.extractor.sandbox.sandbox import Sandbox
from shared.blobs.base import Blobs, original_key
from shared.domain.errors import PermanentError, ReaderFailure
from shared.domain.file_types import BY_NAME, by_ending
from shared.files.file_name import clean_file_name, suffix, title_of
from shared.files.file_type import file_type_of
from shared.ledger.members import (
    EndMembers,
    FoundMember,
    RefusedMember,
    SaveMember,
    child_id_for,
)
from shared.ledger.steps import ClaimedTask, Step, Write
from shared.repositories.families import Family

# Files within files: an archive in an e-mail in an archive has depth 2.
MAX_DEPTH = 3
_MIB = 1024 * 1024
_TOO_DEEP = "It is in too many other files. Upload it by itself."
_TOO_MANY = (
    "The upload has more files, or larger ones in all, than this server accepts. Upload this one"
    " by itself."
)
_NO_DOCUMENT = "Files that end in {ending} are read only if they are uploaded by themselves."


@dataclass
class Members:
    """Collects the files in the document of one task; `writes` are those of its last step."""

    task: ClaimedTask
    family: Family
    sandbox: Sandbox
    blobs: Blobs
    limits: ReaderLimits
    _found: list[FoundMember] = field(default_factory=list)
    _refused: list[RefusedMember] = field(default_factory=list)

    @property
    def writes(self) -> list[Write]:
        """Return what is stored when all files were looked at."""
        return [EndMembers(self._found, self._refused)]

    async def steps(self, path: Path, options: ReadOptions) -> AsyncGenerator[Step, None]:
        """Yield one step for each file that becomes a document; its blob is stored before.

        Raises what `Sandbox.read` does. In strict mode the text of an e-mail stays, although its
        attachments make the parser fail.
        """
        kind = BY_NAME[options.file_type]
        try:
            async with aclosing(_received(self.sandbox.members(path, options), self.blobs)) as all_:
                async for received in all_:
                    async with aclosing(self._steps(received)) as steps:
                        async for step in steps:
                            yield step
        except ReaderFailure as failure:
            if kind.is_archive or not self.task.strict:
                raise
            self._refused.append(RefusedMember("", failure.code, failure.message))

    async def _steps(self, received: _Received) -> AsyncGenerator[Step, None]:
        """Yield the step of a complete file, if it becomes a document."""
        told = received.refusal or await asyncio.to_thread(self._refusal, received)
        if told:
            self._refused.append(RefusedMember(received.path, *told))
            return
        member = received.found()
        self._found.append(member)
        child_id = child_id_for(self.task.document_id, member.path, member.sha256)
        if child_id in self.family.deleted:
            return
        await asyncio.to_thread(self._put_missing, received, member)
        yield Step(writes=[SaveMember(member)], progress=50.0)
        # A removal of the same bytes may have ended between the first look and the commit.
        await asyncio.to_thread(self._put_missing, received, member)

    def _refusal(self, received: _Received) -> tuple[str, str] | None:
        """Return code and sentence for a file that becomes no document; detect its type."""
        if self.family.depth >= MAX_DEPTH:
            return "bomb", _TOO_DEEP
        size = self.family.size + sum(one.size for one in self._found) + received.size
        if (
            self.family.members + len(self._found) >= self.limits.max_members
            or size > self.limits.max_members_mb * _MIB
        ):
            return "too_large", _TOO_MANY
        try:
            with received.temp.open("rb") as handle:
                received.file_type = file_type_of(received.file_name, handle)
        except PermanentError as error:
            return error.code, error.message
        ending = suffix(received.file_name)
        # A number is no ending, as in "Minutes v1.2".
        named = any(map(str.isalpha, ending)) and by_ending(ending) is None
        if received.file_type == "txt" and named:
            return "unsupported_type", _NO_DOCUMENT.format(ending=ending)
        return None

    def _put_missing(self, received: _Received, member: FoundMember) -> None:
        """Store the blob if it is missing or incomplete; the temporary file stays."""
        try:
            if self.blobs.size(member.blob_key) == member.size:
                return
        except FileNotFoundError:
            pass
        second_name = self.blobs.incoming()
        second_name.hardlink_to(received.temp)
        try:
            self.blobs.put_file(member.blob_key, second_name)
        finally:
            second_name.unlink(missing_ok=True)


class _Received:
    """One file that arrives in pieces, in a temporary file of its own."""

    def __init__(self, path: str, temp: Path) -> None:
        self.path = path
        self.file_name = clean_file_name(path)
        self.temp = temp
        self.size = 0
        self.file_type = ""
        self.refusal: tuple[str, str] | None = None
        self._digest = hashlib.sha256()
        self._handle: BinaryIO = temp.open("xb")

    def add(self, piece: Member) -> None:
        """Write a piece; the last one closes the file."""
        self._handle.write(piece.data)
        self._digest.update(piece.data)
        self.size += len(piece.data)
        self.refusal = piece.refusal
        if piece.last:
            self._handle.close()

    def found(self) -> FoundMember:
        """Return what is stored of it."""
        sha256 = self._digest.hexdigest()
        return FoundMember(
            path=self.path,
            file_name=self.file_name,
            title=title_of(self.file_name),
            file_type=self.file_type,
            sha256=sha256,
            size=self.size,
            blob_key=original_key(sha256),
        )

    def drop(self) -> None:
        """Remove the temporary file."""
        self._handle.close()
        self.temp.unlink(missing_ok=True)


async def _received(
    pieces: AsyncGenerator[Member, None], blobs: Blobs
) -> AsyncGenerator[_Received, None]:
    """Yield each file when its last piece has arrived, and remove it after that."""
    current: _Received | None = None
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                if current is None or current.path != piece.path:
                    if current is not None:
                        await asyncio.to_thread(current.drop)
                    current = _Received(piece.path, blobs.incoming())
                await asyncio.to_thread(current.add, piece)
                if piece.last:
                    yield current
                    await asyncio.to_thread(current.drop)
                    current = None
    finally:
        if current is not None:
            current.drop()
