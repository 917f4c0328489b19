"""Errors of PostgreSQL's driver that may not come again are temporary ones."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, InternalError

from shared.database.postgresql import _temporary_errors_as_unavailable
from shared.domain.errors import Unavailable


class Refused(Exception):
    """An error of the driver with its code."""

    def __init__(self, sqlstate: str | None, cause: Exception | None = None) -> None:
        super().__init__("refused")
        self.sqlstate = sqlstate
        self.__cause__ = cause


@pytest.mark.parametrize(
    "error",
    [
        Refused("40P01"),
        Refused("57P01"),
        Refused(None, asyncpg.InternalClientError("cannot switch to state 15")),
    ],
    ids=["deadlock", "shutdown", "a connection that is being closed"],
)
def test_an_error_that_may_not_come_again_is_temporary(error: Refused) -> None:
    with pytest.raises(Unavailable), _temporary_errors_as_unavailable():
        raise InternalError("COMMIT", None, error)


@pytest.mark.parametrize("error", [Refused("23505"), Refused(None, ValueError("wrong type"))])
def test_another_error_is_raised_as_it_is(error: Refused) -> None:
    with pytest.raises(DBAPIError), _temporary_errors_as_unavailable():
        raise InternalError("INSERT", None, error)
