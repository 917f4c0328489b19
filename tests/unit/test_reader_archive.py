"""Members of archives are given out, or refused one by one with the reason."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from services.extractor.document import Member
from services.extractor.readers import archive
from shared.domain.errors import Bomb, Corrupt, Encrypted
from tests.support.archives import zipped
from tests.support.readers import LIMITS, options

MIB = 1024 * 1024


def unpacked(path: Path, **limits: int) -> dict[str, bytes | str]:
    """Return the bytes of each member by path, or the code of its refusal."""
    found: dict[str, bytes | str] = {}
    for piece in archive.members(path, replace(LIMITS, **limits)):
        assert len(piece.data) <= MIB
        before = found.get(piece.path, b"")
        assert isinstance(before, bytes)
        found[piece.path] = piece.refusal[0] if piece.refusal else before + piece.data
    return found


def written(folder: Path, data: bytes) -> Path:
    path = folder / "a.zip"
    path.write_bytes(data)
    return path


def test_files_are_given_out_without_folders_and_litter(tmp_path: Path) -> None:
    files = {
        "a/": b"",
        "a/plan.pdf": b"x" * 3 * MIB,
        "empty.txt": b"",
        "__MACOSX/a/._plan.pdf": b"x",
        "a/.DS_Store": b"x",
        "Grüße\\n.txt": b"y",
    }
    path = written(tmp_path, zipped(files))
    assert unpacked(path) == {
        "a/plan.pdf": b"x" * 3 * MIB,
        "empty.txt": b"",
        "Grüße/n.txt": b"y",
    }
    assert list(archive.read(path, options("zip"), LIMITS)) == []


@pytest.mark.parametrize("name", ["../up.txt", "a/../../up.txt", "/etc/passwd", "C:/x.txt"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, zipped({name: b"x", "good.txt": b"y"}))
    assert unpacked(path) == {name: "unsupported_type", "good.txt": b"y"}


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("secret.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr(link, "/etc/passwd")
    assert unpacked(tmp_path / "a.zip") == {"secret.txt": "unsupported_type"}


def test_a_member_that_expands_too_far_is_refused_alone(tmp_path: Path) -> None:
    path = written(tmp_path, zipped({"zeros.txt": bytes(40 * MIB), "good.txt": b"y"}))
    assert unpacked(path) == {"zeros.txt": "bomb", "good.txt": b"y"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_packed_by_rare_methods_are_refused_alone(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("zeros.txt", bytes(2 * MIB), compress_type=method)
        made.writestr("good.txt", b"y")
    assert unpacked(tmp_path / "a.zip") == {"zeros.txt": "corrupt", "good.txt": b"y"}


@pytest.mark.parametrize("stated", [1, 40 * MIB])
def test_sizes_are_counted_not_believed(tmp_path: Path, stated: int) -> None:
    data = bytearray(zipped({"zeros.txt": bytes(20 * MIB)}))
    struct.pack_into("<I", data, data.rindex(b"PK\1\2") + 24, stated)
    assert unpacked(written(tmp_path, bytes(data)))["zeros.txt"] in ("bomb", "corrupt")


def test_number_and_size_of_members_are_bounded(tmp_path: Path) -> None:
    path = written(tmp_path, zipped({"a.txt": b"a", "b.txt": b"b", "c.txt": b"c"}))
    assert unpacked(path, max_members=2) == {"a.txt": b"a", "b.txt": b"b", "c.txt": "too_large"}
    assert set(unpacked(path, max_members_mb=0).values()) == {"too_large"}
    with pytest.raises(Bomb, match="more than 2 files"):
        unpacked(path, max_entries=2)


def test_a_damaged_member_does_not_stop_the_others(tmp_path: Path) -> None:
    data = bytearray(zipped({"bad.txt": b"one line of text", "good.txt": b"y"}))
    data[40] ^= 0xFF
    assert unpacked(written(tmp_path, bytes(data))) == {"bad.txt": "corrupt", "good.txt": b"y"}


def _protected(data: bytes, *names: bytes) -> bytes:
    """Mark members of an archive as encrypted."""
    changed = bytearray(data)
    for name in names:
        at = changed.rindex(name) - 46
        changed[at + 8] |= 1
    return bytes(changed)


def test_protected_members_are_refused_and_an_archive_of_nothing_else_is(tmp_path: Path) -> None:
    data = zipped({"a.txt": b"a", "b.txt": b"b"})
    some = written(tmp_path, _protected(data, b"a.txt"))
    assert unpacked(some) == {"a.txt": "encrypted", "b.txt": b"b"}
    all_ = written(tmp_path, _protected(data, b"a.txt", b"b.txt"))
    with pytest.raises(Encrypted, match="Unpack it"):
        archive.read(all_, options("zip"), LIMITS)


def test_overlapping_members_are_unpacked_within_the_limits(tmp_path: Path) -> None:
    buffer = io.BytesIO(zipped({"a.txt": b"a" * 1_000, "b.txt": b"b" * 1_000}))
    data = bytearray(buffer.getvalue())
    second = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, second + 42, 0)  # the second member is where the first is
    found = unpacked(written(tmp_path, bytes(data)))
    assert found["b.txt"] == "corrupt"


@pytest.mark.parametrize("data", [b"PK\3\4 and no more", b"not a zip at all", b"PK\5\6" + bytes(3)])
def test_what_is_no_archive_is_damaged(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path, data)
    with pytest.raises(Corrupt):
        archive.read(path, options("zip"), LIMITS)
    with pytest.raises(Corrupt):
        list(archive.members(path, LIMITS))


def test_the_last_piece_says_that_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, zipped({"a.txt": b"a"}))
    assert list(archive.members(path, LIMITS)) == [
        Member("a.txt", b"a", last=False),
        Member("a.txt"),
    ]
