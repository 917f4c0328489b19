"""The keyword index in a folder outlives its process, and is begun again where it is broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.domain.errors import SettingsError
from shared.domain.position import Position
from shared.keywords import analysis, open_keywords, schema
from tests.support.keywords import chunk, fill, ids


def test_closed_index_refuses_changes(tmp_path):
    index = open_keywords(tmp_path)
    index.close()
    index.close()

    with pytest.raises(ValueError, match="closed"):
        index.commit(None)


def test_reopened_folder_resumes_at_its_position(tmp_path):
    index = open_keywords(tmp_path)
    fill(index, chunk("c1", "A pump."), seq=41)
    index.put([chunk("c2", "A pump.")])
    index.close()

    index = open_keywords(tmp_path)
    assert index.position == Position("epoch", 41)
    assert ids(index, "pump") == ["c1"]
    index.close()


KILLED = """
import os, sys
from pathlib import Path
from shared.keywords import analysis, open_keywords, schema
from shared.domain.position import Position
from tests.contract.test_keywords import chunk, fill
index = open_keywords(Path(sys.argv[1]))
fill(index, chunk("c1", "A pump."), seq=1)
index.put([chunk(f"d{n}", "A pump and " + "words " * n) for n in range(500)])
index.remove_document("d1")
os.kill(os.getpid(), 9)
"""


def test_killed_process_leaves_the_earlier_commit(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, cwd=Path.cwd())

    index = open_keywords(tmp_path)
    assert index.position == Position("epoch", 1)
    assert ids(index, "pump") == ["c1"]
    index.close()


def test_folder_of_another_process_is_refused(tmp_path):
    index = open_keywords(tmp_path)
    with pytest.raises(SettingsError, match="Another process uses the keyword index"):
        open_keywords(tmp_path)
    fill(index, chunk("c1", "A pump."))
    index.close()


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "missing", "no list"])
def test_broken_folder_is_replaced_by_an_empty_index(tmp_path, damage):
    index = open_keywords(tmp_path)
    fill(index, *(chunk(f"c{n}", "A pump.") for n in range(100)))
    index.close()
    for path in tmp_path.rglob("*"):
        if path.is_file() and (path.suffix in {".idx", ".term", ".store"}) != (damage == "no list"):
            if damage == "missing":
                path.unlink()
            elif path.name != ".tantivy-writer.lock":
                content = {"cut": path.read_bytes()[:-9], "noise": b"\xff" * 99}
                path.write_bytes(content.get(damage, b""))

    index = open_keywords(tmp_path)
    assert index.position is None
    assert index.count() == 0
    fill(index, chunk("c1", "A pump."))
    assert ids(index, "pump") == ["c1"]
    index.close()


def test_folder_of_another_version_is_removed(tmp_path):
    (tmp_path / "fields0-terms0").mkdir()
    (tmp_path / "fields0-terms0" / "meta.json").write_text("{}")
    (tmp_path / "stray").write_text("")
    index = open_keywords(tmp_path)
    index.close()

    here = f"fields{schema.VERSION}-terms{analysis.VERSION}"
    assert [path.name for path in tmp_path.iterdir()] == [here]


def test_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="can't be kept"):
        open_keywords(tmp_path / "file")
