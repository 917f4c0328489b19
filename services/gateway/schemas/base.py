"""Field types that schemas share, and a base for schemas of rows."""

from __future__ import annotations

import functools
from operator import attrgetter
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field

from shared.domain.file_types import OCR_LANGUAGES

EXAMPLE_ID = "3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10"
MAX_TITLE = 500
MAX_DESCRIPTION = 10_000


def _without_null(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    return text


def _one_decimal(percent: float) -> float:
    return round(percent, 1)


Line = Annotated[str, Field(max_length=MAX_TITLE), AfterValidator(_without_null)]
Prose = Annotated[str, Field(max_length=MAX_DESCRIPTION), AfterValidator(_without_null)]
Collection = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,127}$", examples=["default"])]
OcrLanguages = Annotated[str, Field(pattern=OCR_LANGUAGES, examples=["deu+eng"])]
Percent = Annotated[float, AfterValidator(_one_decimal)]


class RowSchema(BaseModel):
    """A schema whose fields have the names of a row's attributes, apart from derived ones."""

    @classmethod
    def from_columns(cls, row: object, **derived: Any) -> Self:
        """Return the schema of `row`, with `derived` for the fields that it has no column for."""
        names, values = _columns(cls, *derived)
        derived.update(zip(names, values(row), strict=True))
        return cls.model_validate(derived)


# Built once for each schema: reading a row by name and field takes twice as long.
@functools.cache
def _columns(schema: type[BaseModel], *derived: str) -> tuple[list[str], attrgetter[Any]]:
    """Return the names of the fields that are columns, and a reader of their values."""
    names = [name for name in schema.model_fields if name not in derived]
    return names, attrgetter(*names)
