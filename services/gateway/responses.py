"""Builds responses from models; FastAPI would validate a model again before serialising it."""

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
    """Return the model as a JSON response."""
    return Response(model.model_dump_json(), status, media_type="application/json")


def stored_response(stored: StoredResponse) -> Response:
    """Return a stored response as it was first sent."""
    return Response(
        orjson.dumps(stored.body), stored.status, stored.headers, media_type="application/json"
    )


def problems(**reasons: str) -> dict[int | str, dict[str, Any]]:
    """Return error responses for OpenAPI: `problems(status_404="The document does not exist")`."""
    return {
        int(name.removeprefix("status_")): {"description": reason, **PROBLEM}
        for name, reason in reasons.items()
    }
