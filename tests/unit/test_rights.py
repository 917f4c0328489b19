"""Each table says which service may read and change it."""

from __future__ import annotations

import pytest

from shared.database.migrate import VERSION_TABLE
from shared.database.rights import RIGHTS, SERVICES, parse_users
from shared.database.schema import Base
from shared.domain.errors import SettingsError


def test_every_table_says_who_may_use_it() -> None:
    assert RIGHTS.keys() == {*Base.metadata.tables, VERSION_TABLE}
    assert all(set(rights) <= set(SERVICES) for rights in RIGHTS.values())


def test_readers_of_files_see_no_question_and_no_key() -> None:
    seen = {table for table, rights in RIGHTS.items() if "extractor" in rights}
    hidden = {"keys", "principals", "grants", "audit", "query_logs", "conversations"}
    assert seen.isdisjoint(hidden | {"idempotency_keys"})


def test_the_audit_log_is_only_added_to() -> None:
    given = " ".join(RIGHTS["audit"].values())
    assert "UPDATE" not in given
    assert "DELETE" not in given


def test_users_are_read_from_a_list() -> None:
    assert parse_users("") == {}
    assert parse_users("query:abcdefgh, gateway:12345678") == {
        "query": "abcdefgh",
        "gateway": "12345678",
    }


@pytest.mark.parametrize("entry", ["query", "query:short", "other:abcdefgh", "query:abc'defgh"])
def test_other_entries_are_refused(entry: str) -> None:
    with pytest.raises(SettingsError, match="Entry 2 of QUIRE_DATABASE_USERS"):
        parse_users(f"gateway:12345678,{entry}")
