"""/v1/vector_stores: collections, as clients of OpenAI make, list and remove them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from services.gateway import stores
from services.gateway.dependencies import Deps
from services.gateway.responses import json_response, problems
from services.gateway.routes.openai_files import Limit
from services.gateway.schemas.base import Collection
from services.gateway.schemas.openai import (
    AttachedFile,
    Deleted,
    Listed,
    NewStore,
    StoreChange,
    VectorStore,
)
from shared.database.schema import CollectionRow
from shared.domain.caller import Right, asking
from shared.domain.events import Event
from shared.http.app import StrictRoute
from shared.http.problems import refusal
from shared.repositories import collections

router = APIRouter(tags=["openai"], route_class=StrictRoute)

STORES = "/v1/vector_stores"
ONE_STORE = f"{STORES}/{{vector_store_id}}"
UNKNOWN_STORE = problems(
    status_403="You may read the vector store, but not change it",
    status_404="The vector store does not exist",
)
_RENAMED = "A vector store is a collection, whose name can't be changed."


@router.post(
    STORES,
    response_model=VectorStore,
    responses=problems(status_403="Only administrators make collections"),
    summary="Make a vector store",
)
async def make_store(given: NewStore, deps: Deps) -> Response:
    """Make a collection, whose name is made of the one given, and attach files to it."""
    if not asking().is_admin:
        raise refusal(403, "forbidden", "Only administrators make collections.")
    view, events = await deps.database.transact(_make, given)
    deps.announce(events)
    return json_response(view)


@router.get(STORES, response_model=Listed[VectorStore], summary="List vector stores")
async def list_stores(
    deps: Deps,
    after: Annotated[Collection | None, Query(description="The last id of the page before")] = None,
    limit: Limit = 20,
) -> Response:
    """List the collections that the caller may read, by name."""
    found = await deps.database.read(_page, after or "", limit)
    return json_response(Listed[VectorStore].of(found, limit))


@router.get(
    ONE_STORE, response_model=VectorStore, responses=UNKNOWN_STORE, summary="Show a vector store"
)
async def get_store(vector_store_id: Collection, deps: Deps) -> Response:
    return json_response(await deps.database.read(_view, vector_store_id))


@router.post(
    ONE_STORE, response_model=VectorStore, responses=UNKNOWN_STORE, summary="Change a vector store"
)
async def change_store(vector_store_id: Collection, change: StoreChange, deps: Deps) -> Response:
    """Return the store; a change that collections have no place for is refused."""
    view = await deps.database.read(_view, vector_store_id, "manage")
    if change.name not in (None, view.name):
        raise refusal(422, "invalid_request", _RENAMED)
    return json_response(view)


@router.delete(
    ONE_STORE,
    response_model=Deleted,
    responses={
        **UNKNOWN_STORE,
        **problems(status_409="Its files can't be moved to where files without a store are"),
    },
    summary="Remove a vector store; its files stay, without a store",
)
async def delete_store(vector_store_id: Collection, deps: Deps) -> Response:
    events = await deps.database.transact(stores.remove, vector_store_id)
    deps.announce(events)
    return json_response(Deleted(id=vector_store_id, object="vector_store.deleted"))


def _make(session: Session, given: NewStore) -> tuple[VectorStore, list[Event]]:
    store = stores.create(session, given.name)
    files = [AttachedFile(file_id=each) for each in given.file_ids]
    events = stores.attach(session, store, files)
    return _view(session, store), events


def _view(session: Session, store: str, right: Right = "read") -> VectorStore:
    (view,) = _views(session, [stores.find(session, store, right)])
    return view


def _page(session: Session, after: str, limit: int) -> list[VectorStore]:
    found = collections.page(session, after=after, limit=limit + 1)
    return _views(session, [row for row, _, _ in found])


def _views(session: Session, rows: list[CollectionRow]) -> list[VectorStore]:
    tallies = collections.tallies(session, [row.name for row in rows])
    return [VectorStore.of(row, tallies[row.name]) for row in rows]
