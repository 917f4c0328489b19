"""Answers questions: retrieval, answer, log."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter

from services.query.answers.citations import Citation, Claim
from services.query.answers.extractive import Answerer
from services.query.history.log_writer import LogWriter
from services.query.question import Question
from services.query.retrieval.retrieval import Retrieval
from services.query.schemas import AnswerView, PassageList
from shared.domain.caller import asking
from shared.repositories.scope import Scope
from shared.telemetry.metrics import QUERY_SECONDS

_CITATIONS = TypeAdapter(list[Citation])
_CLAIMS = TypeAdapter(list[Claim])


@dataclass(frozen=True)
class QueryService:
    """Finds passages, answers questions, and logs each question."""

    retrieval: Retrieval
    answerer: Answerer
    logs: LogWriter

    async def retrieve(
        self, question: Question, scope: Scope, top_k: int, *, explain: bool = False
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
        await self._log(question, view, used, answered=bool(found.passages))
        return view

    async def answer(
        self, question: Question, scope: Scope, top_k: int, *, explain: bool = False
    ) -> AnswerView:
        """Answer from the best passages for a question and each of its sub-questions."""
        begun = time.perf_counter()
        # The whole question is searched too, for passages that have the words of several parts;
        # statements are then chosen for the parts alone.
        asked = [question, *question.sub_questions]
        found = await self.retrieval.find_each(asked, scope, top_k, explain=explain)
        passages = await self.retrieval.with_sentences(found.passages)
        answer = await self.answerer.answer(question, passages, self.retrieval.text_after)
        view = AnswerView(
            query_id=str(uuid.uuid4()),
            response=answer.text,
            citations=answer.citations,
            claims=answer.claims,
            nearest=answer.nearest,
            passages=found.passages if explain else None,
            chunks_retrieved=len(passages),
            chunks_reranked=found.reranked,
            similar_words=found.similar,
            latency_ms=_milliseconds_since(begun),
            answered=answer.answered,
            grounding=answer.grounding,
            mode=answer.mode,
            pieces=answer.pieces,
        )
        QUERY_SECONDS.labels("answer").observe(view.latency_ms / 1000)
        used = (citation.document_id for citation in answer.citations)
        await self._log(question, view, used, answered=answer.answered)
        return view

    async def _log(
        self,
        question: Question,
        view: PassageList | AnswerView,
        used: Iterable[str],
        *,
        answered: bool,
    ) -> None:
        found = view if isinstance(view, AnswerView) else None
        await self.logs.add(
            {
                "query_id": view.query_id,
                "query_text": question.text,
                "principal": asking().principal_id,
                "response_text": found and found.response,
                "mode": found and found.mode,
                "grounding": found and found.grounding,
                "citations": found and _CITATIONS.dump_python(found.citations, mode="json"),
                "claims": found and _CLAIMS.dump_python(found.claims, mode="json"),
                "document_ids_used": list(dict.fromkeys(used)),
                "chunks_retrieved": view.chunks_retrieved,
                "chunks_reranked": view.chunks_reranked,
                "answered": answered,
                "response_latency_ms": view.latency_ms,
                "created_at": datetime.now(UTC),
            }
        )


def _milliseconds_since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 2)
