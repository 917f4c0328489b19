"""Responses from models, serialised here so that FastAPI does not validate them again."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel

from services.gateway.idempotency import StoredResponse

PROBLEM: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
IDEMPOTENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "A repeated request with the same key gets the first response again",
        }
    ]
}


def json_response(model: BaseModel, status: int = 200) -> Response:
    """The model as JSON."""
    return Response(model.model_dump_json(), status, media_type="application/json")


def stored_response(stored: StoredResponse) -> Response:
    """The stored response, as it was first given."""
    return Response(
        orjson.dumps(stored.body), stored.status, stored.headers, media_type="application/json"
    )


def problems(**sentences: str) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route for OpenAPI, as `status_404="reason"`."""
    return {
        int(name.removeprefix("status_")): {"description": why, **PROBLEM}
        for name, why in sentences.items()
    }
