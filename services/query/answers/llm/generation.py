"""Words an answer with a language model: what may be shown as it comes, then the checked whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import TypeVar

from services.query.answers.citations import Citation, Claim, Quote
from services.query.answers.llm.answer_filter import AnswerFilter, Piece
from services.query.answers.llm.base import ChatModel, ModelFailure, Reason, Usage
from services.query.answers.llm.prompt import Prompt
from services.query.answers.llm.tokens import CountTokens
from services.query.answers.statement import continues
from services.query.answers.verdicts.claims import claims_of
from shared.domain.status import Grounding
from shared.telemetry.metrics import LLM_FIRST_TOKEN_SECONDS, LLM_TOKENS
from shared.text.chunk_sentences import within

T = TypeVar("T")
# Characters of the longest answer; a model that repeats itself ends there.
_LONGEST = 40_000


@dataclass(slots=True)
class Draft:
    """What a model has written so far; `finish` makes its claims.

    `failure` says why it is not whole. `first_token_s` counts from the request.
    """

    response: str = ""
    citations: list[Citation] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    usage: Usage = field(default_factory=lambda: Usage(0, 0))
    abstains: bool = False
    invented: int = 0
    failure: Reason | None = None
    stopped: bool = False
    first_token_s: float | None = None

    @property
    def grounding(self) -> Grounding:
        if self.abstains or not self.response.strip():
            return "abstained"
        return "cited" if self.citations else "ungrounded"


class Generation:
    """One answer in the making; iterate over `pieces`, then call `finish`."""

    def __init__(
        self, model: ChatModel, prompt: Prompt, *, max_tokens: int, count: CountTokens
    ) -> None:
        self.draft = Draft()
        self._model = model
        self._prompt = prompt
        self._max_tokens = max_tokens
        self._count = count
        self._filter = AnswerFilter(prompt.sources)
        self._written = 0

    async def pieces(self, stop: asyncio.Event | None = None) -> AsyncGenerator[Piece]:
        """Yield what may be shown until `stop` is set.

        ModelFailure: nothing was written; a later failure is in `draft`.
        """
        begun = time.perf_counter()
        stream = self._model.stream(self._prompt.messages, max_tokens=self._max_tokens)
        try:
            async for event in until(stream, stop or asyncio.Event()):
                if isinstance(event, Usage):
                    self.draft.usage = event
                    continue
                if event and self.draft.first_token_s is None:
                    self.draft.first_token_s = time.perf_counter() - begun
                    LLM_FIRST_TOKEN_SECONDS.observe(self.draft.first_token_s)
                self._written += len(event)
                if piece := self._shown(event):
                    yield piece
                if self._written > _LONGEST:
                    raise ModelFailure("cut_off", "The model does not come to an end.")
        except ModelFailure as failure:
            if not self._written:
                raise
            self.draft.failure = failure.reason
        finally:
            await stream.aclose()
        self.draft.stopped = stop is not None and stop.is_set()
        if not self._written and not self.draft.stopped:
            raise ModelFailure("bad_response", "The model wrote nothing.")
        if piece := self._shown("", last=True):
            yield piece

    def finish(self) -> Draft:
        """Return the draft with its claims judged; also of an answer that was stopped."""
        draft = self.draft
        self._shown("", last=True)
        draft.response = draft.response.strip()
        draft.abstains, draft.invented = self._filter.abstains, self._filter.invented
        quotes = {each.index: quote for each, quote in self._filter.cited()}
        contexts = [context_of(quotes[each.index]) for each in draft.citations]
        draft.claims = claims_of(draft.response, draft.citations, contexts)
        if draft.usage == Usage(0, 0):
            # Servers may leave the count out, and a stopped answer has none.
            prompt = sum(self._count(each.content) for each in self._prompt.messages)
            draft.usage = Usage(prompt, self._written // 4)
        LLM_TOKENS.labels("prompt").inc(draft.usage.prompt_tokens)
        LLM_TOKENS.labels("completion").inc(draft.usage.completion_tokens)
        return draft

    def _shown(self, text: str, *, last: bool = False) -> Piece | None:
        piece = self._filter.feed(text, last=last)
        draft = self.draft
        draft.citations += piece.citations
        shown = piece.text if draft.response else piece.text.lstrip()
        draft.response += shown
        return Piece(shown, piece.citations) if shown or piece.citations else None


async def until(stream: AsyncGenerator[T], stop: asyncio.Event) -> AsyncGenerator[T]:
    """Yield the items of a stream until `stop` is set, without waiting for the next one."""
    stopping = asyncio.create_task(stop.wait())
    following: asyncio.Future[T] | None = None
    try:
        while not stop.is_set():
            following = asyncio.ensure_future(anext(stream))
            await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                return
            try:
                item = following.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        stopping.cancel()
        if following is not None and not following.done():
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


def context_of(quote: Quote) -> str:
    """Return what a quote stands under: title, headings, names of columns, what it continues."""
    passage = quote.passage
    above = [passage.title, passage.source.rpartition(".")[0], passage.section, passage.opening]
    numbers = within(passage.sentences, quote.start, quote.end)
    first = numbers[0] if numbers else 0
    before = passage.sentences[:first]
    above += [passage.content[each.start : each.end] for each in before if each.kind == "heading"]
    if before and continues(quote.text.strip()) and before[-1].is_quotable:
        above.append(passage.content[before[-1].start : before[-1].end])
    return "\n".join(filter(None, above))
