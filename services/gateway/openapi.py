"""The OpenAPI document of the whole HTTP surface: the gateway's routes and the query service's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway.responses import PROBLEM
from shared.http.middleware import OPEN_PATHS, App

TITLE = "Quire"
VERSION = "1.0.0"
DESCRIPTION = (
    "Reads documents and answers questions about them with citations. A request that starts work is"
    " answered with 202 and the address of its status in `Location`. Every error is a problem"
    " document (RFC 9457) with a stable `code`. Times are in UTC."
)
_REF = "#/components/schemas/"
_VALIDATION = ("HTTPValidationError", "ValidationError")
_PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "RFC 9457 problem details; some codes add members of their own.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "instance", "correlation_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do, for people"},
        "code": {"type": "string", "description": "A stable code, for programs"},
        "instance": {"type": "string"},
        "correlation_id": {"type": "string"},
    },
    "example": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No document has this id.",
        "code": "not_found",
        "instance": "/api/v1/documents/3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10",
        "correlation_id": "6f1c8f0e-9a7b-4c52-8a77-0d3a5b1c2d3e",
    },
}


def install(app: FastAPI, query: App) -> None:
    """Make the merged document the OpenAPI document of `app`; it is built at the first request."""
    kept: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not kept:
            made = merged(app, query)
            # Incomplete until the query service was reached: the next request builds it again.
            if not _described(query):
                return made
            kept.update(made)
        return kept

    app.openapi = openapi  # type: ignore[method-assign]


def merged(gateway: FastAPI, query: App) -> dict[str, Any]:
    """Return the gateway's document with the paths and schemas of the query service, if known."""
    document = get_openapi(
        title=TITLE, version=VERSION, description=DESCRIPTION, routes=gateway.routes
    )
    document.setdefault("components", {}).setdefault("schemas", {})
    _add(document, _described(query))
    for name in _VALIDATION:
        document["components"]["schemas"].pop(name, None)
    _drop_unused(document)
    document["components"]["schemas"]["Problem"] = _PROBLEM_SCHEMA
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"key": []}]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _add_problems(operation["responses"])
            if path in OPEN_PATHS:
                operation["security"] = []
    return document


def _described(query: App) -> dict[str, Any]:
    """Return the query service's document, or an empty one while it is not known."""
    describe: Callable[[], dict[str, Any]] = getattr(query, "openapi", dict)
    return describe()


def render(document: Mapping[str, Any]) -> str:
    """Return the document as sorted JSON, which changes only when the API does."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _add(document: dict[str, Any], other: dict[str, Any]) -> None:
    """Add the paths and schemas of `other`; rename a schema whose name has another meaning here."""
    mine = document["components"]["schemas"]
    theirs = other.get("components", {}).get("schemas", {})
    clashing = [name for name in theirs if mine.get(name, theirs[name]) != theirs[name]]
    renamed = {name: f"Query{name}" for name in clashing}
    for name, schema in theirs.items():
        mine[renamed.get(name, name)] = _with_refs(schema, renamed)
    for path, operations in other.get("paths", {}).items():
        document["paths"].setdefault(path, _with_refs(operations, renamed))


def _drop_unused(document: dict[str, Any]) -> None:
    """Remove schemas that nothing refers to, which FastAPI makes of fields that are not shown."""
    schemas = document["components"]["schemas"]
    while unused := [name for name in schemas if f'"{_REF}{name}"' not in json.dumps(document)]:
        for name in unused:
            del schemas[name]


def _with_refs(node: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_with_refs(one, renamed) for one in node]
    if not isinstance(node, dict):
        return node
    followed = {key: _with_refs(value, renamed) for key, value in node.items()}
    name = str(followed.get("$ref", "")).removeprefix(_REF)
    return followed | {"$ref": _REF + renamed[name]} if name in renamed else followed


def _add_problems(responses: dict[str, Any]) -> None:
    """Describe every error as a problem, also validation errors, which FastAPI describes itself."""
    if "HTTPValidationError" in json.dumps(responses.get("422", {})):
        responses["422"] = {"description": "A parameter or field is not valid", **PROBLEM}
    responses["default"] = {"description": "Any other error", **PROBLEM}


def template_of(path: str, document: Mapping[str, Any]) -> str | None:
    """Return the template of `path`, one with fewer parameters first, or None if it has none."""
    parts = path.split("/")
    for template in sorted(document.get("paths", {}), key=lambda each: each.count("{")):
        pieces = template.split("/")
        if len(pieces) == len(parts) and all(
            piece == part or piece.startswith("{")
            for piece, part in zip(pieces, parts, strict=True)
        ):
            return str(template)
    return None
