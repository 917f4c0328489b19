"""One question's way: retrieve, answer, note that it was asked."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.query.answers.extractive import Answer, Answerer
from services.query.answers.sub_questions import parts
from services.query.history.log_writer import LogWriter
from services.query.retrieval.passages import Passage
from services.query.retrieval.retrieval import Retrieval
from services.query.retrieval.scope import Scope
from shared.telemetry.metrics import QUERY_SECONDS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question; `answer` is None where only passages were asked for."""

    query_id: str
    passages: Sequence[Passage]
    latency_ms: float
    answer: Answer | None = None


@dataclass(frozen=True)
class QueryService:
    """Everything that questions need."""

    retrieval: Retrieval
    answerer: Answerer
    logs: LogWriter

    async def retrieve(self, text: str, scope: Scope, top_k: int) -> Outcome:
        """The best passages for a question."""
        begun = time.perf_counter()
        passages = await self.retrieval.find(text, scope, top_k)
        outcome = _outcome(begun, passages, None)
        QUERY_SECONDS.labels("retrieve").observe(outcome.latency_ms / 1000)
        await self._note(text, outcome)
        return outcome

    async def answer(self, text: str, scope: Scope, top_k: int) -> Outcome:
        """An answer from the best passages for a question and each of its parts."""
        begun = time.perf_counter()
        asked = parts(text)
        texts = [text, *asked] if len(asked) > 1 else [text]
        passages = await self.retrieval.find_each(texts, scope, top_k)
        answer = await self.answerer.answer(text, passages)
        outcome = _outcome(begun, passages, answer)
        QUERY_SECONDS.labels("answer").observe(outcome.latency_ms / 1000)
        await self._note(text, outcome)
        return outcome

    async def _note(self, text: str, outcome: Outcome) -> None:
        answer = outcome.answer
        await self.logs.add(
            {
                "query_id": outcome.query_id,
                "query_text": text,
                "response_text": answer.text if answer else None,
                "document_ids_used": _documents(outcome),
                "chunks_retrieved": len(outcome.passages),
                "answered": answer.answered if answer else bool(outcome.passages),
                "response_latency_ms": outcome.latency_ms,
                "created_at": datetime.now(UTC),
            }
        )


def _outcome(begun: float, passages: Sequence[Passage], answer: Answer | None) -> Outcome:
    latency_ms = round((time.perf_counter() - begun) * 1000, 2)
    return Outcome(str(uuid.uuid4()), passages, latency_ms, answer)


def _documents(outcome: Outcome) -> list[str]:
    """The documents that are cited, or that passages were shown of."""
    if outcome.answer is None:
        used = [passage.document_id for passage in outcome.passages]
    else:
        used = [citation.passage.document_id for citation in outcome.answer.citations]
    return list(dict.fromkeys(used))
