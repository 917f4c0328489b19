"""Principals, groups, keys, collections and rights as administrators and owners see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.gateway.schemas.base import EXAMPLE_ID, Collection, Line, RowSchema
from shared.domain.caller import Right, Role, scope_fault

Kind = Literal["person", "service"]
State = Literal["active", "disabled"]
# Without a colon: names with one are those of keys in the settings.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$", examples=["anna"])]
Reference = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^[^\x00]+$", examples=["anna"])
]


def _known_scope(scope: str) -> str:
    if fault := scope_fault(scope):
        raise ValueError(fault)
    return scope


Scope = Annotated[
    str,
    Field(max_length=140, pattern=r"^[^\x00]+$", examples=["read"]),
    AfterValidator(_known_scope),
]
_FORBID = ConfigDict(extra="forbid")


class PrincipalView(RowSchema):
    """A person or a service that may act."""

    principal_id: str = Field(examples=[EXAMPLE_ID])
    kind: Kind
    name: str = Field(examples=["anna"])
    email: str
    roles: list[Role]
    state: State
    created_at: datetime


class PrincipalPage(BaseModel):
    """A page of principals, by name."""

    principals: list[PrincipalView]
    total: int
    next_cursor: str | None


class NewPrincipal(BaseModel):
    """A principal to make."""

    model_config = _FORBID

    name: Name
    kind: Kind = "person"
    email: Line = ""
    roles: list[Role] = Field(
        [], max_length=3, description="`admin`, `operator` or `metrics`; none: rights only"
    )


class PrincipalChange(BaseModel):
    """Changes to a principal; a field that is not sent, or is null, stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"state": "disabled"}})

    name: Name | None = None
    email: Line | None = None
    roles: list[Role] | None = Field(None, max_length=3)
    state: State | None = Field(None, description="`disabled`: none of its keys opens any more")

    @model_validator(mode="after")
    def _says_something(self) -> PrincipalChange:
        if not self.changes():
            raise ValueError("send a name, an e-mail address, roles or a state")
        return self

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent."""
        return {name: value for name, value in self if value is not None}


class HandOver(BaseModel):
    """Who gets what the principal owns."""

    model_config = _FORBID

    to: Reference = Field(description="Id or name of the principal that gets it")


class HandedOver(BaseModel):
    """The numbers of collections and documents that have another owner now."""

    collections: int
    documents: int


class GroupView(RowSchema):
    """Principals that have rights together."""

    group_id: str = Field(examples=[EXAMPLE_ID])
    name: str = Field(examples=["quality"])
    created_at: datetime
    members: list[PrincipalView]


class GroupPage(BaseModel):
    """A page of groups, by name."""

    groups: list[GroupView]
    next_cursor: str | None


class NewGroup(BaseModel):
    """A group to make."""

    model_config = _FORBID

    name: Name


class KeyView(RowSchema):
    """A key without its secret; `hint` is how it begins."""

    key_id: str = Field(examples=[EXAMPLE_ID])
    principal_id: str
    principal: str = Field(examples=["anna"])
    name: str
    hint: str = Field(examples=["quire_Xk3f…"])
    scopes: list[str] = Field(description="Empty: all that its principal may do")
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To about a minute")
    revoked_at: datetime | None


class MadeKey(KeyView):
    """A new key; `key` is shown only once."""

    key: str


class KeyPage(BaseModel):
    """A page of keys."""

    keys: list[KeyView]
    next_cursor: str | None


class NewKey(BaseModel):
    """A key to make."""

    model_config = _FORBID

    principal: Reference = Field(description="Id or name of the principal that the key acts as")
    name: Line = Field("", description="What it is for", max_length=128)
    scopes: list[Scope] = Field(
        [],
        max_length=50,
        description="The most that the key allows: `read`, `write` or `manage`, roles, and"
        " `collection:NAME` for these collections only; empty: all that its principal may do",
    )
    expires_at: datetime | None = None


class Rotation(BaseModel):
    """How long the old key still opens."""

    model_config = _FORBID

    overlap_seconds: int = Field(86_400, ge=0, le=30 * 86_400)


class CollectionView(RowSchema):
    """A collection, its owner and the number of its documents."""

    name: str = Field(examples=["default"])
    owner_id: str
    owner: str | None = Field(description="The owner's name", examples=["anna"])
    documents: int
    created_at: datetime


class CollectionPage(BaseModel):
    """A page of collections, by name."""

    collections: list[CollectionView]
    next_cursor: str | None


class NewCollection(BaseModel):
    """A collection to make; without an owner it is the caller's."""

    model_config = _FORBID

    name: Collection
    owner: Reference | None = Field(None, description="Id or name of its owner")


class CollectionChange(BaseModel):
    """Another owner."""

    model_config = _FORBID

    owner: Reference


class GrantView(RowSchema):
    """The right of a principal or of a group on a collection."""

    grant_id: str = Field(examples=[EXAMPLE_ID])
    collection: str
    principal_id: str | None
    principal: str | None
    group_id: str | None
    group: str | None
    right: Right
    created_at: datetime


class GrantPage(BaseModel):
    """A page of rights on the collections that the caller manages."""

    grants: list[GrantView]
    next_cursor: str | None


class NewGrant(BaseModel):
    """A right to give; it replaces the one that the holder has on the collection."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"collection": "default", "principal": "anna", "right": "write"}
        },
    )

    collection: Collection
    principal: Reference | None = None
    group: Reference | None = None
    right: Right

    @model_validator(mode="after")
    def _has_one_holder(self) -> NewGrant:
        if (self.principal is None) is (self.group is None):
            raise ValueError("send either a principal or a group")
        return self


class SignIn(BaseModel):
    """How long a browser stays signed in."""

    model_config = ConfigDict(extra="forbid")

    remember: bool = Field(
        False, description="For 30 days; otherwise until the browser is closed, or for hours"
    )


class SessionView(BaseModel):
    """Who is signed in, and until when."""

    principal_id: str
    name: str
    expires_at: datetime


class Me(BaseModel):
    """The caller itself; `rights` is null if it has every right on every collection."""

    principal_id: str
    name: str
    roles: list[Role]
    key_id: str | None = Field(description="Null without a key, or for one of the settings")
    signed_in: bool = Field(description="By a cookie, which `DELETE /api/v1/session` ends")
    rights: dict[str, Right] | None = Field(
        description="The highest right on each collection", examples=[{"default": "read"}]
    )
