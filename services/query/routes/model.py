"""Routes for the state of the language model."""

from __future__ import annotations

import contextlib
import time

from fastapi import APIRouter

from services.query.answers.llm import ChatModel
from services.query.answers.llm.base import Message, ModelFailure, Usage
from services.query.schemas import ModelView
from shared.http.app import StrictRoute

_PROBE = [Message("user", "Answer with the word yes.")]
_PROBE_TOKENS = 4


def model_routes(model: ChatModel | None) -> APIRouter:
    """Return the routes below `/api/v1/query/model`."""
    router = APIRouter(prefix="/api/v1/query", tags=["query"], route_class=StrictRoute)

    @router.get("/model", summary="Is the language model reachable?")
    async def state() -> ModelView:
        """Ask the endpoint of the settings for its list of models."""
        return await _state(model)

    @router.post("/model/check", summary="Let the language model write a word")
    async def check() -> ModelView:
        """Ask for the list of models and an answer of a few tokens, and say how fast it came."""
        view = await _state(model)
        if model is None or not view.reachable:
            return view
        try:
            return view.model_copy(update={"first_token_ms": await _first_token_ms(model)})
        except ModelFailure as failure:
            return view.model_copy(update={"reachable": False, "reason": failure.reason})

    return router


async def _state(model: ChatModel | None) -> ModelView:
    if model is None:
        return ModelView(configured=False)
    begun = time.perf_counter()
    try:
        names = await model.models()
    except ModelFailure as failure:
        return ModelView(configured=True, name=model.name, reachable=False, reason=failure.reason)
    return ModelView(
        configured=True,
        name=model.name,
        reachable=True,
        has_model=_is_listed(model.name, names) if names else None,
        latency_ms=_milliseconds_since(begun),
    )


async def _first_token_ms(model: ChatModel) -> float:
    begun = time.perf_counter()
    async with contextlib.aclosing(model.stream(_PROBE, max_tokens=_PROBE_TOKENS)) as pieces:
        async for piece in pieces:
            if piece and not isinstance(piece, Usage):
                break
    return _milliseconds_since(begun)


def _is_listed(name: str, names: list[str]) -> bool:
    # Ollama lists a model that was named without a tag as `:latest`.
    return name in names or f"{name}:latest" in names


def _milliseconds_since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 2)
