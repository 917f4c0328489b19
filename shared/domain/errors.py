"""The kinds of failure; each kind determines what happens next.

    QuireError
    ├── PermanentError     another attempt changes nothing: the document fails
    │   ├── UnsupportedType   EmptyFile   TooLarge   TooManyPages
    │   └── Encrypted   Corrupt   Bomb
    ├── ReaderFailure      the parser broke: one attempt in strict mode, then the document fails
    │   └── ReadTimeout   ParserCrash   OutOfMemory
    ├── TransientError     tried again after a pause, up to the allowed attempts
    │   └── EmbedFailed   IndexFailed
    ├── Unavailable        a dependency is down: tried again after a pause, counts no attempt
    │   └── AlreadyStored     another request stored the same first: the next attempt finds it
    ├── LeaseLost          another worker has the task: drop the work, write nothing
    ├── Conflict           a document's state does not allow a request: the client acts
    ├── SettingsError      the configuration can't be used: the process ends
    └── BackupError        a backup can't be made or used: the operator acts

Requests that are refused for themselves raise `shared.http.problems.Refusal`, and commands that end
with an exit code raise `services.cli.exits.CommandError`; neither is a failure of work.

The docstring of a class is the message that users read; raise with another message where more is
known. `code` is one of `ERROR_CODES`, the closed list that the API and the database know.
"""

from __future__ import annotations

from typing import ClassVar

ERROR_CODES = (
    "unsupported_type",
    "empty_file",
    "too_large",
    "too_many_pages",
    "encrypted",
    "corrupt",
    "bomb",
    "timeout",
    "parser_crash",
    "out_of_memory",
    "no_text",
    "embed_failed",
    "index_failed",
    "attempts_exhausted",
    "internal",
)


class QuireError(Exception):
    """Something went wrong inside Quire. Try again; the server's log has the details."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())

    @property
    def message(self) -> str:
        return str(self)


class PermanentError(QuireError):
    """This document can't be processed. Export it again from its source."""


class UnsupportedType(PermanentError):
    """Files of this type can't be read. Save it as PDF, DOCX or plain text and upload that."""

    code = "unsupported_type"


class EmptyFile(PermanentError):
    """The file is empty. Upload a file with content."""

    code = "empty_file"


class TooLarge(PermanentError):
    """The file is larger than this server accepts. Split it and upload the parts."""

    code = "too_large"


class TooManyPages(PermanentError):
    """The document has more pages than this server accepts. Split it and upload the parts."""

    code = "too_many_pages"


class Encrypted(PermanentError):
    """The document is protected by a password. Remove the protection and upload it again."""

    code = "encrypted"


class Corrupt(PermanentError):
    """The file is damaged and can't be opened. Export it again from its source."""

    code = "corrupt"


class Bomb(PermanentError):
    """The file expands to far more data than a document holds. Export it again from its source."""

    code = "bomb"


class ReaderFailure(QuireError):
    """The document could not be read. Export it again from its source."""


class ReadTimeout(ReaderFailure):
    """Reading took longer than this server allows. Split the file and upload the parts."""

    code = "timeout"


class ParserCrash(ReaderFailure):
    """The document made the parser crash. Export it again from its source."""

    code = "parser_crash"


class OutOfMemory(ReaderFailure):
    """Reading needs more memory than this server allows. Split the file and upload the parts."""

    code = "out_of_memory"


class TransientError(QuireError):
    """A step of the work failed. Process the document again; the log has the cause."""


class EmbedFailed(TransientError):
    """The text could not be encoded. Process the document again; the log has the cause."""

    code = "embed_failed"


class IndexFailed(TransientError):
    """The index could not be written. Process the document again; the log has the cause."""

    code = "index_failed"


class Unavailable(QuireError):
    """A service that Quire depends on can't be reached right now. Try again in a moment."""


class AlreadyStored(Unavailable):
    """Another request stored the same at this moment. Try again in a moment."""


class LeaseLost(QuireError):
    """Another worker has taken this task over."""


class Conflict(QuireError):
    """The document's state does not allow this. Look at its status before you try again."""


class SettingsError(QuireError):
    """The configuration is not usable. Correct it and start again."""


class BackupError(QuireError):
    """The backup can't be made or used. Use another folder."""
