"""/v1/embeddings: vectors of texts by the encoder that documents are searched with."""

from __future__ import annotations

import base64
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.query.metadata_filter import storable
from services.query.routes.openai import MODEL
from shared.encoders.base import AsyncEncoder, Embeddings
from shared.http.app import StrictRoute
from shared.http.problems import refusal

# Bound the work of one request; that of a body is bounded for all routes.
_MOST_TEXTS = 256
_MOST_CHARACTERS = 32_000
_NO_MODEL = "The model of embeddings is `{model}`, which is `{name}` here."
_TOO_LONG = "input.{at}: has {tokens} tokens, but the encoder reads {most}. Cut it into parts."
_DIMENSION = "dimensions: must be {dimension}, or left out."


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


_Text = Annotated[
    str,
    Field(max_length=_MOST_CHARACTERS),
    AfterValidator(storable),
    AfterValidator(_not_blank),
]
_Texts = Annotated[list[_Text], Field(min_length=1, max_length=_MOST_TEXTS)]


class EmbeddingRequest(BaseModel):
    """Texts to encode; lists of tokens are not accepted, because models have different ones."""

    model_config = ConfigDict(extra="forbid")

    input: _Text | _Texts = Field(examples=["The alarm delay of freezer UF-1 is 20 minutes."])
    model: str = Field(MODEL, description=f"`{MODEL}`, or the name of the encoder")
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    user: str | None = Field(None, description="Has no effect")

    @property
    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input


class Embedding(BaseModel):
    """A vector of length 1; in base64 it is little-endian float32."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    prompt_tokens: int
    total_tokens: int


class EmbeddingList(BaseModel):
    """The vectors, in the order of the texts; `model` is the name of the encoder."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


def embedding_routes(encoder: AsyncEncoder) -> APIRouter:
    """Return the route; its texts are encoded before those of documents."""
    router = APIRouter(prefix="/v1", tags=["openai"], route_class=StrictRoute)

    @router.post("/embeddings", summary="Encode texts", response_model=EmbeddingList)
    async def embed(body: EmbeddingRequest) -> Response:
        """Encode texts as passages of documents are; one that is too long is refused, not cut."""
        if body.model not in (MODEL, encoder.name):
            sentence = _NO_MODEL.format(model=MODEL, name=encoder.name)
            raise refusal(404, "not_found", sentence)
        if body.dimensions not in (None, encoder.dimension):
            sentence = _DIMENSION.format(dimension=encoder.dimension)
            raise refusal(422, "invalid_request", sentence)
        counts = await encoder.count_tokens(body.texts)
        for at, tokens in enumerate(counts):
            if tokens > encoder.max_tokens:
                sentence = _TOO_LONG.format(at=at, tokens=tokens, most=encoder.max_tokens)
                raise refusal(422, "invalid_request", sentence)
        vectors = await encoder.encode(body.texts, interactive=True)
        usage = EmbeddingUsage(prompt_tokens=sum(counts), total_tokens=sum(counts))
        made = EmbeddingList(
            data=_embeddings(vectors, body.encoding_format), model=encoder.name, usage=usage
        )
        return Response(made.model_dump_json(), media_type="application/json")

    return router


def _embeddings(vectors: Embeddings, encoding: Literal["float", "base64"]) -> list[Embedding]:
    if encoding == "float":
        rows: list[list[float]] = vectors.tolist()
        return [Embedding(index=at, embedding=row) for at, row in enumerate(rows)]
    little = vectors.astype("<f4")
    return [
        Embedding(index=at, embedding=base64.b64encode(row.tobytes()).decode())
        for at, row in enumerate(little)
    ]
