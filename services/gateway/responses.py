"""Models as responses, written once: the framework does not check again what is built here."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel

from services.gateway.idempotency import Answer

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
            "description": "The same request with the same key gets the first answer again",
        }
    ]
}


def json_response(model: BaseModel, status: int = 200) -> Response:
    """The model as JSON."""
    return Response(model.model_dump_json(), status, media_type="application/json")


def stored_response(answer: Answer) -> Response:
    """An answer that was stored, or is."""
    return Response(
        orjson.dumps(answer.body), answer.status, answer.headers, media_type="application/json"
    )


def problems(**sentences: str) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route for its documentation, as `status_404="why"`."""
    return {
        int(name.removeprefix("status_")): {"description": why, **PROBLEM}
        for name, why in sentences.items()
    }
