"""Which roles open which part of the API."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.gateway.areas import area_of, may_enter
from shared.domain.caller import LOCAL, Caller, caller_of, scope_fault

ROOT = Path(__file__).parents[2]
MEMBER = Caller("m", "member")
OPERATOR = caller_of("o", "operator", ["operator"])
METRICS = caller_of("s", "scraper", ["metrics"])
READS_ALL = caller_of("r", "auditor", ["admin"], scopes=["read"])


@pytest.mark.parametrize(
    ("path", "entered"),
    [
        ("/api/v1/documents", {MEMBER, OPERATOR, READS_ALL}),
        ("/api/v1/query/retrieve", {MEMBER, OPERATOR, READS_ALL}),
        ("/api/v1/ops/verify", {OPERATOR}),
        ("/api/v1/keys", set()),
        ("/api/v1/audit/export", set()),
        ("/api/v1/anything-new", set()),
        ("/api/v1/", set()),
        ("/api/v2/documents", set()),
        ("/mcp", {MEMBER, OPERATOR, READS_ALL}),
        ("/metrics", {OPERATOR, METRICS}),
        ("/openapi.json", {MEMBER, OPERATOR, READS_ALL}),
        ("/unknown", set()),
    ],
)
def test_an_area_is_open_to_some_roles_and_always_to_administrators(
    path: str, entered: set[Caller]
) -> None:
    callers = {MEMBER, OPERATOR, METRICS, READS_ALL}
    assert {each for each in callers if may_enter(each, area_of(path))} == entered
    assert may_enter(LOCAL, area_of(path))


@pytest.mark.parametrize(
    ("roles", "scopes", "expected"),
    [
        (["admin"], [], ({"admin"}, "manage", None)),
        (["admin"], ["admin"], ({"admin"}, "manage", None)),
        (["admin"], ["read"], (set(), "read", None)),
        (["admin"], ["admin", "collection:hr"], (set(), "manage", ("hr",))),
        (["operator"], ["metrics"], (set(), None, None)),
        (["operator"], ["operator"], ({"operator"}, None, None)),
        ([], ["read", "write"], (set(), "write", None)),
        ([], ["collection:b", "collection:a"], (set(), "manage", ("a", "b"))),
        (["unknown"], [], (set(), "manage", None)),
    ],
)
def test_scopes_narrow_what_a_key_may_do(
    roles: list[str], scopes: list[str], expected: tuple[set[str], str | None, tuple[str, ...]]
) -> None:
    caller = caller_of("p", "name", roles, scopes=scopes)
    assert (set(caller.roles), caller.limit, caller.collections) == expected


@pytest.mark.parametrize("scope", ["", "fly", "collection:", "Read"])
def test_a_scope_that_is_none_is_refused(scope: str) -> None:
    assert scope_fault(scope)


def test_rights_are_left_out_only_where_they_were_checked_before() -> None:
    """Each use of `as_system` stands in a function that checks the right itself."""
    uses = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("as_system():")
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"with (?:access\.)?as_system\(\)", path.read_text(encoding="utf-8"))
    }
    assert uses == {
        "services/gateway/queries.py": 1,
        "services/gateway/routes/collections.py": 1,
        "services/gateway/routes/documents.py": 2,
        "services/gateway/routes/processing.py": 2,
        "services/gateway/stores.py": 1,
        "services/gateway/uploads/store.py": 2,
    }
