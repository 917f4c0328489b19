"""Who sends a request, and what they may do: a value that is made at the door and handed down.

Rights on collections are not part of it, because they may change at any moment: the statements
themselves look them up (`shared.repositories.access`). No I/O.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

Right = Literal["read", "write", "manage"]
Role = Literal["admin", "operator", "metrics"]

# Each right includes those before it.
RIGHTS: tuple[Right, ...] = get_args(Right)
# `admin` may do everything; `operator` may check and repair the system and read metrics; `metrics`
# may read metrics and nothing else. A principal without a role has its rights on collections.
ROLES: tuple[Role, ...] = get_args(Role)
KINDS = ("person", "service")
STATES = ("active", "disabled")

# The scope of a key that opens this collection only.
OF_COLLECTION = "collection:"

# The administrator that every installation has. Programs of this computer act as it while no keys
# are asked for, and collections of earlier versions belong to it.
FIRST_ADMINISTRATOR = "00000000-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose questions and conversations: a principal's, as far as its key reads documents.

    key_collections  the only collections that the key opens, as a JSON list; empty: any

    Answers quote documents, so a key that opens some collections gets only what was asked with keys
    that open the same ones. A key that opens any gets all of its principal.
    """

    principal: str = ""
    key_collections: str = ""

    def __str__(self) -> str:
        return f"{self.principal} {self.key_collections}".rstrip()


NO_ASKER = Asker()


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal, as far as its key lets it act.

    roles        roles that the key leaves it
    opens_all    whether it has every right on every collection, as administrators have
    limit        the highest right that the key allows; None: none
    collections  the only collections that the key opens; None: any
    key_id       the key; empty if there is none, or if it is one of the settings
    address      from where the request came, and its correlation id, for the audit log
    """

    principal_id: str
    name: str
    roles: frozenset[Role] = frozenset()
    opens_all: bool = False
    limit: Right | None = "manage"
    collections: tuple[str, ...] | None = None
    key_id: str = ""
    address: str = ""
    correlation_id: str = ""

    @property
    def is_admin(self) -> bool:
        """Return whether the caller may do everything."""
        return "admin" in self.roles

    @property
    def reads_metrics_only(self) -> bool:
        """Return whether the caller may read metrics and nothing else."""
        return self.roles == {"metrics"} and not self.opens_all

    @property
    def asker(self) -> Asker:
        """Return whose questions and conversations the caller may have."""
        if self.is_admin or (self.collections is None and self.limit is not None):
            return Asker(self.principal_id)
        named = self.collections or () if self.limit is not None else ()
        return Asker(self.principal_id, json.dumps(named))

    def allows(self, right: Right) -> bool:
        """Return whether the key allows this right on any collection."""
        return self.limit is not None and RIGHTS.index(right) <= RIGHTS.index(self.limit)

    def has_everywhere(self, right: Right) -> bool:
        """Return whether the caller has this right on all collections."""
        return self.opens_all and self.collections is None and self.allows(right)


def administrator(principal_id: str, name: str) -> Caller:
    """Return a caller who may do everything."""
    return Caller(principal_id, name, roles=frozenset({"admin"}), opens_all=True)


LOCAL = administrator(FIRST_ADMINISTRATOR, "administrator")


def including(right: Right) -> tuple[Right, ...]:
    """Return the rights that include this one.

    >>> including("write")
    ('write', 'manage')
    """
    return RIGHTS[RIGHTS.index(right) :]


def caller_of(
    principal_id: str,
    name: str,
    roles: Iterable[str],
    *,
    scopes: Iterable[str] = (),
    key_id: str = "",
) -> Caller:
    """Return a principal as far as the scopes of its key let it act; without scopes, entirely.

    Scopes are rights, roles and `collection:NAME`. A key with rights only leaves no role: with
    `read`, an administrator's key reads every document and can do nothing else. One that opens some
    collections only leaves no role either.
    """
    own = frozenset(role for role in ROLES if role in set(roles))
    given = frozenset(scopes)
    if not given:
        return Caller(principal_id, name, own, opens_all="admin" in own, key_id=key_id)
    rights = [right for right in RIGHTS if right in given]
    named = tuple(
        sorted(each.removeprefix(OF_COLLECTION) for each in given if each.startswith(OF_COLLECTION))
    )
    left = frozenset(role for role in own if role in given and not named)
    whole = "admin" in left
    return Caller(
        principal_id,
        name,
        roles=left,
        opens_all="admin" in own,
        limit="manage" if whole else rights[-1] if rights else "manage" if named else None,
        collections=named or None,
        key_id=key_id,
    )


def scope_fault(scope: str) -> str:
    """Return why a key can't have this scope; an empty string if it can."""
    name = scope.removeprefix(OF_COLLECTION)
    if scope in (*RIGHTS, *ROLES) or (scope.startswith(OF_COLLECTION) and name):
        return ""
    known = ", ".join(f"`{each}`" for each in (*RIGHTS, *ROLES))
    return f"`{scope}` is not a scope. Scopes are {known} and `collection:NAME`."


# The caller of the request that this task works on; set at the door.
_asking: ContextVar[Caller] = ContextVar("asking")


def asking() -> Caller:
    """Return the caller of the present request. LookupError: this is no request's work."""
    return _asking.get()


def asking_or_none() -> Caller | None:
    """Return the caller of the present request, or None outside of requests."""
    return _asking.get(None)


class as_caller:
    """Works for a caller while the context is entered: `with as_caller(caller): …`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __enter__(self) -> None:
        self._token = _asking.set(self._caller)

    def __exit__(self, *_: object) -> None:
        _asking.reset(self._token)
