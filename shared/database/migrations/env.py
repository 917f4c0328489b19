"""Alembic's entry: upgrades on the connection that `shared.database.migrate` hands in."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from shared.database.schema import Base


def run(connection: Connection) -> None:
    """Upgrade inside the transaction of the connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
