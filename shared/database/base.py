"""One way to run SQL: a plain function over a `Session`, one hop, one transaction.

`transact(fn, *args)` commits what `fn(session, *args)` wrote; `read(fn, *args)` may not write. Both
return what `fn` returned. Database trouble that passes comes out as `Unavailable`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

P = ParamSpec("P")
T = TypeVar("T")
Transaction = Callable[Concatenate[Session, P], T]


class Database(Protocol):
    """What a service knows of its database. Open with `open_database`, close when done."""

    url: URL

    async def transact(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def read(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def close(self) -> None: ...


def sqlite_url(path: Path) -> str:
    """The URL of the SQLite file at `path`."""
    return f"sqlite:///{path}"
