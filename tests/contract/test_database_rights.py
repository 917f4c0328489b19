"""Database users of services on a real PostgreSQL: they do their work and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from shared.database import migrate, rights
from shared.database.migrate import on_postgresql

PASSWORD = "password-of-a-service"


def of(url: str, service: str, password: str = PASSWORD) -> str:
    user = make_url(url).set(username=rights.PREFIX + service, password=password)
    return user.render_as_string(hide_password=False)


def run(url: str, statement: str) -> None:
    on_postgresql(url, lambda connection: connection.execute(text(statement)))


@pytest.fixture
def url(postgres_url: str) -> str:
    migrate.upgrade(postgres_url)
    rights.give(postgres_url, dict.fromkeys((*rights.SERVICES, rights.MONITOR), PASSWORD))
    return postgres_url


@pytest.mark.parametrize("service", rights.SERVICES)
def test_a_service_reads_what_its_rights_say(url: str, service: str) -> None:
    for table, given in rights.RIGHTS.items():
        select = f'SELECT count(*) FROM "{table}"'
        if service in given:
            run(of(url, service), select)
        else:
            with pytest.raises(DBAPIError, match=r"permission denied"):
                run(of(url, service), select)


def test_a_monitor_reads_statistics_and_no_table(url: str) -> None:
    monitor = of(url, rights.MONITOR)
    run(monitor, "SELECT query FROM pg_stat_activity WHERE usename <> current_user")
    run(monitor, "SELECT pg_database_size(current_database())")
    for table in rights.RIGHTS:
        with pytest.raises(DBAPIError, match=r"permission denied"):
            run(monitor, f'SELECT count(*) FROM "{table}"')


@pytest.mark.parametrize(
    ("service", "statement"),
    [
        ("gateway", "CREATE TABLE more (id int)"),
        ("gateway", "DROP TABLE documents"),
        ("gateway", "ALTER TABLE documents DISABLE TRIGGER ALL"),
        ("gateway", "DELETE FROM audit"),
        ("gateway", "CREATE ROLE another"),
        ("query", "DELETE FROM grants"),
        ("extractor", "DELETE FROM query_logs"),
        ("indexer", "UPDATE alembic_version SET version_num = '9999'"),
        ("embedder", "COPY documents TO PROGRAM 'cat'"),
    ],
)
def test_a_service_can_do_nothing_more(url: str, service: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner|must be superuser"):
        run(of(url, service), statement)


def test_rights_are_given_again_after_a_password_is_changed(url: str) -> None:
    rights.give(url, {"query": "another-password"})
    run(of(url, "query", "another-password"), "SELECT count(*) FROM documents")
    rights.give(url, {"query": PASSWORD})
    run(of(url, "query"), "SELECT count(*) FROM documents")


def test_a_service_opens_a_migrated_database(url: str) -> None:
    assert migrate.upgrade(of(url, "extractor")) is False
