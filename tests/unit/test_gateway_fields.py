"""The fields of an upload and the cursors of lists: accepted and refused values."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from services.gateway.uploads.fields import read_fields
from shared.http import cursors
from shared.http.problems import Refusal


def test_fields_have_defaults() -> None:
    fields = read_fields({"title": "", "metadata": ""})
    assert (fields.title, fields.collection, fields.metadata) == ("", "default", {})


def test_an_error_reads_as_one_sentence() -> None:
    with pytest.raises(Refusal, match=r"^metadata: must be valid JSON\.$"):
        read_fields({"metadata": "{"})


def test_metadata_is_an_object_of_plain_values() -> None:
    fields = read_fields({"metadata": '{"year": 2024, "open": true, "who": null, "x": "y"}'})
    assert fields.metadata == {"year": 2024, "open": True, "who": None, "x": "y"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colection", "hr"),
        ("collection", "Not A Name"),
        ("collection", "-a"),
        ("collection", "a" * 129),
        ("collection", "a\n"),
        ("title", "x" * 501),
        ("title", "a\0b"),
        ("description", "x" * 10_001),
        ("metadata", "[1]"),
        ("metadata", "{"),
        ("metadata", '{"a": NaN}'),
        ("metadata", '{"a": 1e999}'),
        ("metadata", '{"a": {"b": 1}}'),
        ("metadata", '{"a": [1]}'),
        ("metadata", '{"": 1}'),
        ("metadata", '{"a": "\\u0000"}'),
        ("metadata", '{"a": "\\ud800"}'),
        ("metadata", '{"a": "' + "x" * 16_384 + '"}'),
        ("metadata", "[" * 16_000),
    ],
)
def test_the_error_names_the_invalid_field(name: str, value: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_fields({name: value})
    problem = refused.value.problem
    assert (problem.status, problem.code) == (422, "invalid_request")
    assert problem.members["field"] == name


def test_a_cursor_is_read_as_it_was_written() -> None:
    moment = datetime(2024, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    assert cursors.read_row(cursors.after_row(moment, "id")) == (moment, "id")
    assert cursors.read_chunk(cursors.after_chunk(3, 77)) == (3, 77)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "é",
        "abc",
        "a" * 200,
        base64.urlsafe_b64encode(b'["2024-01-01T00:00:00", "id"]').decode(),
        base64.urlsafe_b64encode(b'["2024-01-01T00:00:00Z", "\\u0000"]').decode(),
        base64.urlsafe_b64encode(b"[1, -1]").decode(),
        base64.urlsafe_b64encode(b"[1, 99999999999]").decode(),
        base64.urlsafe_b64encode(b"[" * 100).decode(),
    ],
)
def test_an_invalid_cursor_is_refused(cursor: str) -> None:
    for read in (cursors.read_row, cursors.read_chunk):
        with pytest.raises(Refusal):
            read(cursor)
