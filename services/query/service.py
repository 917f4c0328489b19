"""Answers questions: retrieval, answer, log."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from services.query.answers.citations import Citation, Claim
from services.query.answers.extractive import NOT_SAID, Answerer
from services.query.answers.llm.answer_filter import Piece
from services.query.answers.llm.base import NO_USE, ModelFailure, Reason, Usage
from services.query.answers.llm.generation import Draft
from services.query.conversations.conversation import Conversation
from services.query.conversations.follow_up import by_rule
from services.query.history.log_writer import LogWriter
from services.query.question import Question
from services.query.retrieval.passages import Passage
from services.query.retrieval.retrieval import Found, Retrieval
from services.query.schemas import AnswerView, ModelUse, PassageList
from services.query.writer import Writer
from shared.domain.caller import NO_ASKER, Asker
from shared.domain.status import AnswerState, Mode
from shared.repositories.scope import Scope
from shared.telemetry.metrics import CLAIMS, INVENTED_MARKS, LLM_REQUESTS, QUERY_SECONDS

_CITATIONS = TypeAdapter(list[Citation])
_CLAIMS = TypeAdapter(list[Claim])


@dataclass(frozen=True)
class Ask:
    """A question of an asker; `streamed`: what was written is shown even if the model fails.

    `mode` extractive asks no language model.
    """

    question: Question
    scope: Scope
    top_k: int
    explain: bool = False
    mode: Mode | None = None
    asker: Asker = NO_ASKER
    conversation: Conversation | None = None
    streamed: bool = False
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class Begun:
    """Passages were found, and an answer is going to be made of them in this mode."""

    mode: Mode
    conversation_id: str | None


@dataclass(frozen=True)
class QueryService:
    """Finds passages, answers questions, and logs each question."""

    retrieval: Retrieval
    answerer: Answerer
    logs: LogWriter
    writer: Writer | None = None

    async def retrieve(
        self,
        question: Question,
        scope: Scope,
        top_k: int,
        *,
        explain: bool = False,
        asker: Asker = NO_ASKER,
    ) -> PassageList:
        """Return the best passages for a question."""
        begun = time.perf_counter()
        found = await self.retrieval.find(question, scope, top_k, explain=explain)
        view = PassageList(
            query_id=str(uuid.uuid4()),
            passages=found.passages,
            chunks_retrieved=len(found.passages),
            chunks_reranked=found.reranked,
            similar_words=found.similar,
            latency_ms=_milliseconds_since(begun),
        )
        QUERY_SECONDS.labels("retrieve").observe(view.latency_ms / 1000)
        used = (passage.document_id for passage in found.passages)
        row = _log_row(view, question.text, asker, used, answered=bool(found.passages))
        await self.logs.add(row)
        return view

    async def answer(self, ask: Ask) -> AnswerView:
        """Return the whole answer to a question."""
        view = None
        async with contextlib.aclosing(self.events(ask)) as items:
            async for item in items:
                if isinstance(item, AnswerView):
                    view = item
        assert view is not None
        return view

    async def events(
        self, ask: Ask, stop: asyncio.Event | None = None
    ) -> AsyncGenerator[Begun | Piece | AnswerView]:
        """Yield the answer while it is made, and last the whole; when `stop` is set, what there is.

        If it can't be made, or is given up, its turn is logged as failed.
        """
        try:
            async with contextlib.aclosing(self._made(ask, stop)) as made:
                async for item in made:
                    yield item
        except BaseException:
            await self.fail(ask)
            raise

    async def fail(self, ask: Ask) -> None:
        """Log the turn of a question that gets no answer as failed; others are not logged yet."""
        if ask.conversation and ask.conversation.conversation_id:
            await self._log(ask, _failed(ask), NO_USE)

    async def _made(
        self, ask: Ask, stop: asyncio.Event | None
    ) -> AsyncGenerator[Begun | Piece | AnswerView]:
        """Yield as `events`. Passages are found for the question and each of its sub-questions."""
        begun = time.perf_counter()
        question, rewriting = await self._standalone(ask)
        # The whole question is searched too, for passages that have the words of several parts;
        # statements are then chosen for the parts alone.
        asked = [question, *question.sub_questions]
        found = await self.retrieval.find_each(asked, ask.scope, ask.top_k, explain=ask.explain)
        passages = await self.retrieval.with_sentences(found.passages)
        writes = self.writer if passages and ask.mode != "extractive" else None
        of = ask.conversation.conversation_id if ask.conversation else None
        yield Begun("generative" if writes else "extractive", of)
        draft: Draft | None = None
        fallback: Reason | None = None
        if writes:
            try:
                async for item in self._written(writes, ask, passages, stop):
                    if isinstance(item, Piece):
                        yield item
                    else:
                        draft = item
            except ModelFailure as failure:
                fallback = failure.reason
                LLM_REQUESTS.labels(fallback).inc()
        if draft is None:
            view = await self._extracted(ask, question, found, passages, fallback)
            for piece in _pieces(view):
                yield piece
        else:
            view = self._drafted(ask, found, passages, draft)
            if view.grounding == "abstained" and view.response:
                yield Piece(view.response)
        view.latency_ms = _milliseconds_since(begun)
        if question.text != ask.question.text:
            view.searched_for = question.text
        QUERY_SECONDS.labels("answer").observe(view.latency_ms / 1000)
        for claim in view.claims:
            CLAIMS.labels(claim.verdict).inc()
        await self._log(ask, view, rewriting)
        yield view

    async def _standalone(self, ask: Ask) -> tuple[Question, Usage]:
        """Return the question without its conversation, and the tokens that this took."""
        history = ask.conversation.history if ask.conversation else ()
        if not history:
            return ask.question, NO_USE
        if self.writer is None or ask.mode == "extractive":
            return by_rule(ask.question.text, history), NO_USE
        asked_by = ask.asker.principal
        return await self.writer.rewritten(ask.question.text, history, principal=asked_by)

    async def _written(
        self, writer: Writer, ask: Ask, passages: Sequence[Passage], stop: asyncio.Event | None
    ) -> AsyncGenerator[Piece | Draft]:
        """Yield what a model writes, and last the draft.

        ModelFailure: it wrote nothing, or broke off before anything was shown.
        """
        generation = await writer.generation(
            ask.question.text,
            passages,
            principal=ask.asker.principal,
            history=ask.conversation.history if ask.conversation else (),
            collections=ask.scope.collections,
        )
        async for piece in generation.pieces(stop):
            if ask.streamed:
                yield piece
        draft = generation.finish()
        if draft.failure and not ask.streamed:
            raise ModelFailure(draft.failure)
        stopped = "stopped" if draft.stopped else "completed"
        LLM_REQUESTS.labels(draft.failure or stopped).inc()
        INVENTED_MARKS.inc(draft.invented)
        yield draft

    async def _extracted(
        self,
        ask: Ask,
        question: Question,
        found: Found,
        passages: Sequence[Passage],
        fallback: Reason | None,
    ) -> AnswerView:
        answer = await self.answerer.answer(question, passages, self.retrieval.text_after)
        return AnswerView(
            query_id=ask.query_id,
            response=answer.text,
            citations=answer.citations,
            claims=answer.claims,
            nearest=answer.nearest,
            passages=found.passages if ask.explain else None,
            chunks_retrieved=len(passages),
            chunks_reranked=found.reranked,
            similar_words=found.similar,
            answered=answer.answered,
            grounding=answer.grounding,
            mode=answer.mode,
            fallback=fallback,
            pieces=answer.pieces,
            **_turn_of(ask),
        )

    def _drafted(
        self, ask: Ask, found: Found, passages: Sequence[Passage], draft: Draft
    ) -> AnswerView:
        assert self.writer is not None
        grounding = draft.grounding
        state: AnswerState = "completed"
        if draft.failure:
            state = "failed"
        elif draft.stopped:
            state = "stopped"
        abstains = grounding == "abstained"
        return AnswerView(
            query_id=ask.query_id,
            response=NOT_SAID if abstains and state == "completed" else draft.response,
            citations=draft.citations,
            claims=draft.claims,
            nearest=[] if grounding == "cited" else self.answerer.nearest(passages),
            passages=found.passages if ask.explain else None,
            chunks_retrieved=len(passages),
            chunks_reranked=found.reranked,
            similar_words=found.similar,
            answered=grounding == "cited",
            grounding=grounding,
            mode="generative",
            state=state,
            failure=draft.failure,
            model=ModelUse(
                name=self.writer.model.name,
                prompt_tokens=draft.usage.prompt_tokens,
                completion_tokens=draft.usage.completion_tokens,
                cost=self.writer.cost(draft.usage),
                first_token_ms=draft.first_token_s and round(draft.first_token_s * 1000, 2),
            ),
            **_turn_of(ask),
        )

    async def _log(self, ask: Ask, view: AnswerView, rewriting: Usage) -> None:
        """Log an answer, with the tokens of rewriting its question: the budget counts both."""
        used = (citation.document_id for citation in view.citations)
        text = ask.question.text
        row = _log_row(view, text, ask.asker, used, answered=view.answered)
        row["prompt_tokens"] += rewriting.prompt_tokens
        row["completion_tokens"] += rewriting.completion_tokens
        row["cost"] += self.writer.cost(rewriting) if self.writer else 0.0
        await self.logs.add(row)


def _pieces(view: AnswerView) -> list[Piece]:
    """Return an extractive answer in the pieces that a stream sends, its citations first."""
    texts = [Piece(text) for text in view.pieces]
    return [Piece("", view.citations), *texts] if view.citations else texts


def _failed(ask: Ask) -> AnswerView:
    """Return the answer to a question that got none."""
    return AnswerView(
        query_id=ask.query_id,
        response="",
        citations=[],
        claims=[],
        nearest=[],
        passages=None,
        chunks_retrieved=0,
        chunks_reranked=0,
        similar_words={},
        answered=False,
        grounding="abstained",
        mode="extractive",
        state="failed",
        **_turn_of(ask),
    )


def _turn_of(ask: Ask) -> dict[str, Any]:
    if ask.conversation is None:
        return {}
    return {
        "conversation_id": ask.conversation.conversation_id,
        "turn": ask.conversation.turn,
    }


def _log_row(
    view: PassageList | AnswerView,
    text: str,
    asker: Asker,
    used: Iterable[str],
    *,
    answered: bool,
) -> dict[str, Any]:
    """Return the log of a question; that of a search for passages has no answer."""
    answer = view if isinstance(view, AnswerView) else None
    use = answer.model if answer else None
    return {
        "query_id": view.query_id,
        "query_text": text,
        "document_ids_used": list(dict.fromkeys(used)),
        "chunks_retrieved": view.chunks_retrieved,
        "chunks_reranked": view.chunks_reranked,
        "answered": answered,
        "response_latency_ms": view.latency_ms,
        "created_at": datetime.now(UTC),
        "principal": asker.principal,
        "key_collections": asker.key_collections,
        "response_text": answer and answer.response,
        "mode": answer and answer.mode,
        "grounding": answer and answer.grounding,
        "state": answer.state if answer else "completed",
        "citations": answer and _CITATIONS.dump_python(answer.citations, mode="json"),
        "claims": answer and _CLAIMS.dump_python(answer.claims, mode="json"),
        "fallback": answer and (answer.fallback or answer.failure),
        "conversation_id": answer and answer.conversation_id,
        "turn": answer and answer.turn,
        "model": use and use.name,
        "prompt_tokens": use.prompt_tokens if use else 0,
        "completion_tokens": use.completion_tokens if use else 0,
        "cost": use.cost if use else 0.0,
    }


def _milliseconds_since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 2)
