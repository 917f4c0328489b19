"""Multipart forms in any pieces, valid and malformed, within all limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.gateway.uploads.multipart import (
    FormLimits,
    FormParser,
    file_too_large,
    upload_too_large,
)
from shared.domain.errors import TooLarge
from shared.http.problems import Refusal

LIMITS = FormLimits(file_bytes=1000, files=2, body_bytes=100_000)
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
END = b"\r\n--b--\r\n"


def parsed(tmp_path: Path, body: bytes, piece: int = 1 << 20) -> FormParser:
    paths = (tmp_path / str(number) for number in range(1000))
    form = FormParser("multipart/form-data; boundary=b", LIMITS, lambda: next(paths))
    for start in range(0, len(body), piece):
        form.write(body[start : start + piece])
    form.finish()
    for file in form.files:
        file.close()
    return form


def field(name: str, value: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), value)


@pytest.mark.parametrize("piece", [1, 2, 7, 64, 1 << 20])
def test_a_form_is_the_same_in_any_pieces(tmp_path: Path, piece: int) -> None:
    data = b"--b\r\n-\r\n--bb\r\r\n--" * 9
    body = field("title", "Größe".encode()) + b"\r\n" + HEAD + data + END
    form = parsed(tmp_path, body, piece)
    assert form.fields == {"title": "Größe"}
    assert [(file.name, file.size) for file in form.files] == [("a.pdf", len(data))]
    assert form.files[0].path.read_bytes() == data


def test_preamble_of_line_breaks_and_epilogue_are_ignored(tmp_path: Path) -> None:
    form = parsed(tmp_path, b"\r\n\r\n" + HEAD + b"x" + END + b"what follows does not matter")
    assert form.files[0].size == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary at all",
        HEAD + b"cut short",
        HEAD + b"x\r\n--b",
        b"--b\r\n\r\nno headers" + END,
        b"--b\r\nContent-Disposition: attachment; name=file\r\n\r\nx" + END,
        b"--b\r\nContent-Disposition: form-data\r\n\r\nno name" + END,
        b"--b\r\nBad Header: x\r\n\r\nx" + END,
        b"--b\r\n: x\r\n\r\nx" + END,
        b"--b\r\n" + b"X: y\r\n" * 50 + b"\r\nx" + END,
        b"--b\r\nX: " + b"y" * 50_000,
        b"--b\r\nContent-Disposition: form-data; name=file\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nYQ==" + END,
        b'--b\r\nContent-Disposition: form-data; name="avatar"; filename="a"\r\n\r\nx' + END,
        field("title", b"\xff\xfe") + END,
        b"\r\n".join(field(f"f{number}", b"x") for number in range(50)) + END,
    ],
)
def test_a_malformed_form_is_refused_with_the_reason(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parsed(tmp_path, body)
    assert refused.value.problem.status == 400
    assert refused.value.problem.code == "invalid_multipart"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ((HEAD + b"x\r\n") * 3 + END[2:], "too_many_files"),
        (field("title", b"x") + b"\r\n" + field("title", b"y") + END, "invalid_request"),
        (field("title", b"x" * 9_000) + END, None),
    ],
)
def test_files_and_repeated_fields_of_a_form_are_limited(
    tmp_path: Path, body: bytes, code: str | None
) -> None:
    if code is None:
        assert parsed(tmp_path, body).fields["title"]
        return
    with pytest.raises(Refusal) as refused:
        parsed(tmp_path, body)
    assert (refused.value.problem.status, refused.value.problem.code) == (422, code)


def test_a_file_may_be_as_large_as_the_limit_and_no_byte_larger(tmp_path: Path) -> None:
    assert parsed(tmp_path, HEAD + b"x" * 1000 + END).files[0].size == 1000
    with pytest.raises(TooLarge):
        parsed(tmp_path / "x", HEAD + b"x" * 1001)


def test_errors_about_size_name_the_servers_limit() -> None:
    limits = FormLimits(file_bytes=200 * 1024**2, files=2, body_bytes=801 * 1024**2)
    assert "limit of 200 MiB" in str(file_too_large(limits))
    assert "limit of 801 MiB" in str(upload_too_large(limits))


def test_the_body_is_limited_also_after_the_last_part(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        parsed(tmp_path, HEAD + b"x" + END + b" " * 200_000, piece=1000)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("", 415),
        ("application/json", 415),
        ("multipart/mixed; boundary=b", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=" + "b" * 71, 400),
        ("multipart/form-data; boundary=" + "b" * 5_000, 400),
    ],
)
def test_a_body_of_another_content_type_is_refused(content_type: str, status: int) -> None:
    with pytest.raises(Refusal) as refused:
        FormParser(content_type, LIMITS, Path)
    assert refused.value.problem.status == status
