"""Parses a multipart/form-data body as it arrives, with limits that hold from its first byte.

Files are written to disk piece by piece; text fields are kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.gateway.uploads.temp_file import TempFile
from shared.domain.errors import TooLarge
from shared.files.file_name import clean_file_name
from shared.http.problems import Refusal, refusal

FILE_FIELDS = frozenset({"file", "files"})
# Bound the memory for text: a form has four text fields, and a description takes up to 40 kB.
MAX_FIELDS = 20
MAX_FIELD_BYTES = 64 * 1024
# Per part: clients send two or three headers, and only the file name is long.
MAX_PART_HEADERS = 8
MAX_PART_HEADER_BYTES = 16 * 1024
_PLAIN_ENCODINGS = frozenset({"", "binary", "8bit", "7bit"})


@dataclass(frozen=True)
class FormLimits:
    """The most bytes of one file, files of one form, and bytes of the whole body."""

    file_bytes: int
    files: int
    body_bytes: int


@dataclass
class _Field:
    name: str
    value: bytearray


class FormParser:
    """Collects the `files` and `fields` of the body that is passed to `write` in pieces.

    `write` raises Refusal (400, 422) or TooLarge at the byte that breaks a rule.
    """

    def __init__(self, content_type: str, limits: FormLimits, new_path: Callable[[], Path]) -> None:
        self.files: list[TempFile] = []
        self.fields: dict[str, str] = {}
        self.ended = False
        self._limits = limits
        self._new_path = new_path
        self._received = 0
        self._part: TempFile | _Field | None = None
        self._headers: dict[str, bytearray] = {}
        self._header = bytearray()
        self._value = bytearray()
        self._parser = MultipartParser(
            _boundary(content_type),
            {
                "on_part_begin": self._begin_part,
                "on_header_field": lambda data, a, b: self._header.extend(data[a:b]),
                "on_header_value": lambda data, a, b: self._value.extend(data[a:b]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._open_part,
                "on_part_data": lambda data, a, b: self._take(data[a:b]),
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
            max_header_count=MAX_PART_HEADERS,
            max_header_size=MAX_PART_HEADER_BYTES,
        )

    def write(self, data: bytes) -> None:
        """Parse the next piece of the body."""
        self._received += len(data)
        if self._received > self._limits.body_bytes:
            raise upload_too_large(self._limits)
        try:
            self._parser.write(data)
        except FormParserError:
            raise _malformed("The multipart body is malformed.") from None

    def finish(self) -> None:
        """End the body. Refusal: it is incomplete."""
        if not self.ended:
            raise _malformed("The multipart body is incomplete: its last boundary is missing.")

    def _begin_part(self) -> None:
        self._headers = {}
        self._part = None

    def _end_header(self) -> None:
        self._headers[self._header.decode("ascii").lower()] = self._value
        self._header, self._value = bytearray(), bytearray()

    def _open_part(self) -> None:
        disposition, options = parse_options_header(self._text("content-disposition"))
        if disposition != b"form-data" or b"name" not in options:
            raise _malformed("Every part needs `Content-Disposition: form-data` with a name.")
        if self._text("content-transfer-encoding").lower() not in _PLAIN_ENCODINGS:
            raise _malformed("Send the parts of the form without a Content-Transfer-Encoding.")
        name = _decoded(options[b"name"])
        if name in FILE_FIELDS:
            self._part = self._new_file(_decoded(options.get(b"filename", b"")))
        elif b"filename" in options:
            raise _malformed("Send files in parts named `file`.")
        else:
            self._part = self._new_field(name)

    def _new_file(self, name: str) -> TempFile:
        if len(self.files) >= self._limits.files:
            raise refusal(
                422, "too_many_files", f"Send at most {self._limits.files} files in one upload."
            )
        self.files.append(TempFile(clean_file_name(name), self._new_path()))
        return self.files[-1]

    def _new_field(self, name: str) -> _Field:
        if len(self.fields) >= MAX_FIELDS:
            raise _malformed(f"The form has more than {MAX_FIELDS} fields.")
        if name in self.fields:
            raise refusal(422, "invalid_request", "The form has two fields of the same name.")
        self.fields[name] = ""
        return _Field(name, bytearray())

    def _take(self, data: bytes) -> None:
        match self._part:
            case TempFile() as file:
                if file.size + len(data) > self._limits.file_bytes:
                    raise file_too_large(self._limits)
                file.feed(data)
            case _Field(value=value):
                value.extend(data)
                if len(value) > MAX_FIELD_BYTES:
                    raise refusal(
                        422,
                        "invalid_request",
                        f"A field of the form is longer than {MAX_FIELD_BYTES // 1024} KiB.",
                    )

    def _end_part(self) -> None:
        if isinstance(self._part, _Field):
            try:
                self.fields[self._part.name] = self._part.value.decode("utf-8")
            except UnicodeDecodeError:
                raise _malformed("The fields of the form must be encoded in UTF-8.") from None
        self._part = None

    def _end(self) -> None:
        self.ended = True

    def _text(self, header: str) -> str:
        return self._headers.get(header, bytearray()).decode("latin-1").strip()


def upload_too_large(limits: FormLimits) -> TooLarge:
    """Return the error of a body over its limit."""
    return TooLarge(
        f"The upload is larger than the server's limit of {_mib(limits.body_bytes)} for one"
        " request. Upload fewer files at a time."
    )


def file_too_large(limits: FormLimits) -> TooLarge:
    """Return the error of a file over its limit."""
    return TooLarge(
        f"The file is larger than the server's limit of {_mib(limits.file_bytes)}. Split it and"
        " upload the parts."
    )


def _mib(size: int) -> str:
    return f"{size // 1024**2} MiB"


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise refusal(
            415, "unsupported_media_type", "Send multipart/form-data with a part named `file`."
        )
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70 or b"\r" in boundary or b"\n" in boundary:
        raise _malformed("The multipart boundary is missing or longer than 70 characters.")
    return boundary


def _decoded(raw: bytes) -> str:
    """Return the text of a UTF-8 header value, as browsers send it, or else of a Latin-1 one."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _malformed(sentence: str) -> Refusal:
    return refusal(400, "invalid_multipart", sentence)
