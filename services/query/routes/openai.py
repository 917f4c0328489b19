"""The routes that OpenAI's clients know: `/v1/chat/completions` and `/v1/models`.

The last message is the question, and those before it are the conversation. A model is `quire`, or
`quire:COLLECTION` to ask one collection alone. Roles of a client's system messages have no effect:
what a language model is told beside the documents is up to the server.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.orm import Session

from services.query.answers.llm.prompt import Turn
from services.query.conversations.conversation import Conversation
from services.query.making import AnswerMaker
from services.query.question import Question
from services.query.schemas import MAX_QUERY, AnswerView
from services.query.service import Ask, QueryService
from shared.database.base import Database
from shared.domain.caller import asking
from shared.http import sse
from shared.http.app import StrictRoute
from shared.http.problems import refusal
from shared.repositories import collections
from shared.repositories.scope import Scope

MODEL = "quire"
_OF_COLLECTION = f"{MODEL}:"
_MOST_MODELS = 1_000
_MOST_MESSAGES = 200
_ANSWER = TypeAdapter(AnswerView)
_DONE = b"data: [DONE]\n\n"
_NO_QUESTION = "The last message must be the user's, with the question as its text."
_NO_MODEL = "There is no such model. `GET /v1/models` lists them."


class TextPart(BaseModel):
    """A part of a message; parts of other types than text are left out."""

    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """One message of a chat."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text").strip()
        return (self.content or "").strip()


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """A chat completion; parameters of sampling and tools are accepted and have no effect."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(MODEL, examples=[MODEL, f"{_OF_COLLECTION}default"])
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=_MOST_MESSAGES)]
    stream: bool = False
    stream_options: StreamOptions | None = None


def openai_routes(
    service: QueryService, maker: AnswerMaker, database: Database, *, default_top_k: int
) -> APIRouter:
    """Return the routes; `database` shows the collections that the caller may read."""
    router = APIRouter(prefix="/v1", tags=["openai"], route_class=StrictRoute)

    @router.get("/models", summary="The models of OpenAI's clients")
    async def models() -> dict[str, Any]:
        """Return `quire` for all collections, and one model for each."""
        names = await database.read(_collections)
        ids = [MODEL, *(_OF_COLLECTION + name for name in names)]
        listed = [{"id": each, "object": "model", "created": 0, "owned_by": MODEL} for each in ids]
        return {"object": "list", "data": listed}

    @router.post("/chat/completions", summary="Ask a question with OpenAI's clients")
    async def complete(body: ChatRequest) -> Response:
        """Answer the last message; `annotations` cite, and `quire` has the whole answer."""
        ask = _asked(body, default_top_k)
        if body.stream:
            await maker.start(ask)
            usage = body.stream_options is not None and body.stream_options.include_usage
            return sse.EventStream(_chunks(maker, ask, body.model, with_usage=usage))
        answer = await service.answer(ask)
        whole = _ANSWER.dump_python(answer, mode="json")
        message = {"role": "assistant", "content": answer.response} | _cited(whole)
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        head = _head(ask.query_id, body.model, "chat.completion")
        made = head | {"choices": [choice], "usage": _usage(whole), "quire": whole}
        return Response(orjson.dumps(made), media_type="application/json")

    return router


def _collections(session: Session) -> list[str]:
    return [row.name for row, _, _ in collections.page(session, limit=_MOST_MODELS)]


def _asked(body: ChatRequest, top_k: int) -> Ask:
    said = [each for each in body.messages if each.role in ("user", "assistant") and each.text]
    if not said or said[-1].role != "user" or len(said[-1].text) > MAX_QUERY:
        raise refusal(422, "invalid_request", _NO_QUESTION)
    scope = Scope()
    if body.model != MODEL:
        if not body.model.startswith(_OF_COLLECTION):
            raise refusal(404, "not_found", _NO_MODEL)
        scope = replace(scope, collections=(body.model.removeprefix(_OF_COLLECTION),))
    history = turns_of(said[:-1])
    return Ask(
        Question.from_text(said[-1].text.replace("\0", "")),
        scope,
        top_k,
        asker=asking().asker,
        conversation=Conversation(None, None, history) if history else None,
        streamed=body.stream,
    )


def turns_of(messages: Sequence[ChatMessage]) -> list[Turn]:
    """Return the questions of a chat, each with the answer that follows it.

    Longer questions than one may ask are cut.
    """
    turns: list[Turn] = []
    for message in messages:
        if message.role == "user":
            turns.append(Turn(message.text.replace("\0", "")[:MAX_QUERY], ""))
        elif turns and not turns[-1].answer:
            turns[-1] = Turn(turns[-1].question, message.text)
    return turns


async def _chunks(
    maker: AnswerMaker, ask: Ask, model: str, *, with_usage: bool
) -> AsyncGenerator[bytes]:
    head = _head(ask.query_id, model, "chat.completion.chunk")
    yield _chunk(head, {"role": "assistant", "content": ""})
    async for frame in maker.frames(ask.query_id):
        event, data = _read(frame)
        if event == "chunk":
            yield _chunk(head, {"content": data["text"]})
        elif event == "error":
            yield b"data: %s\n\n" % orjson.dumps({"error": {"message": data["detail"]} | data})
        elif event == "done":
            yield _chunk(head | {"quire": data}, _cited(data), finish="stop")
            if with_usage:
                usage = head | {"choices": [], "usage": _usage(data)}
                yield b"data: %s\n\n" % orjson.dumps(usage)
        elif not event:
            yield sse.HEARTBEAT
    yield _DONE


def _chunk(
    head: Mapping[str, Any], delta: Mapping[str, Any], *, finish: str | None = None
) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return b"data: %s\n\n" % orjson.dumps({**head, "choices": [choice]})


def _read(frame: bytes) -> tuple[str, dict[str, Any]]:
    """Return event and data of a frame; an empty name for a comment."""
    fields = dict(line.partition(b": ")[::2] for line in frame.split(b"\n"))
    if b"event" not in fields:
        return "", {}
    data: dict[str, Any] = orjson.loads(fields[b"data"])
    return fields[b"event"].decode(), data


def _head(query_id: str, model: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{query_id}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _usage(answer: Mapping[str, Any]) -> dict[str, int]:
    use = answer["model"] or {"prompt_tokens": 0, "completion_tokens": 0}
    prompt, completion = use["prompt_tokens"], use["completion_tokens"]
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _cited(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the annotations of an answer: each claim with each source that it cites."""
    cited = {each["index"]: each for each in answer["citations"]}
    return {
        "annotations": [
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": claim["start"],
                    "end_index": claim["end"],
                    "title": cited[index]["title"] or cited[index]["source"],
                    "url": page_address(cited[index]),
                },
            }
            for claim in answer["claims"]
            for index in claim["citations"]
        ]
    }


def page_address(citation: Mapping[str, Any]) -> str:
    """Return the path of this server's page that shows a citation, marked.

    >>> page_address({"document_id": "d", "page": 4, "chunk_id": "c", "sentence_ids": ["c#2"]})
    '/documents/d?page=4&mark=c%232'
    """
    mark = (citation["sentence_ids"] or [citation["chunk_id"]])[0]
    page = {"page": citation["page"]} if citation["page"] else {}
    return f"/documents/{quote(citation['document_id'])}?{urlencode({**page, 'mark': mark})}"
