"""Checks the read models of this process for `quire verify`."""

from __future__ import annotations

from services.query.read_models.base import CountedModel, ReadModel
from services.query.read_models.follower import Follower
from shared.database.base import Database
from shared.repositories import events, indexed_chunks

# Seconds to wait for the models: many pages of events.
_WAIT_S = 5.0
# Comparisons of a model with the rows: each needs a moment without a change.
_ATTEMPTS = 5


async def problems(database: Database, follower: Follower) -> list[str]:
    """Return one sentence for each model that is behind or that lacks chunks."""
    await follower.caught_up(_WAIT_S)
    return _behind(follower) or [
        found
        for model in follower.models
        if (found := await _difference(database, follower, model))
    ]


def _behind(follower: Follower) -> list[str]:
    found: list[str] = []
    for lag in follower.lags():
        if lag.is_rebuilt or not lag.is_built:
            found.append(f"{lag.name}: it is being built from the rows")
        elif lag.seconds > _WAIT_S:
            found.append(f"{lag.name}: {lag.events} events are not applied yet")
    return found


async def _difference(database: Database, follower: Follower, model: ReadModel) -> str | None:
    """Return how a model differs from the rows; None if it does not, or if they change always."""
    if not isinstance(model, CountedModel):
        return None
    for _ in range(_ATTEMPTS):
        place = await follower.caught_up(_WAIT_S)
        expected = await database.read(indexed_chunks.count)
        has = await model.count()
        # Only numbers of one place can be compared; a model follows a moment after a change.
        if model.position == place == await database.read(events.position):
            return f"{model.name}: it has {has} of {expected} chunks" if has != expected else None
    return None
