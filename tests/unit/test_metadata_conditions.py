"""The SQL of conditions on metadata, where a test's database can't show the difference."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql

from shared.repositories.metadata import MetadataCondition, metadata_matches


def test_text_is_not_compared_by_the_language_of_a_postgresql_database() -> None:
    condition = MetadataCondition(bounds=(("gt", "Z"),))
    matches = metadata_matches("postgresql", "date", condition)
    assert 'COLLATE "C"' in str(matches.compile(dialect=postgresql.dialect()))
