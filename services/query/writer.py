"""What the service needs to let a language model word answers: prompts, budgets, prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from services.query.answers.llm import ChatModel
from services.query.answers.llm.base import NO_USE, ModelFailure, Usage
from services.query.answers.llm.generation import Generation
from services.query.answers.llm.prompt import PromptBuilder, Turn
from services.query.answers.llm.tokens import CountTokens, open_counter
from services.query.conversations.follow_up import by_model, by_rule
from services.query.question import Question
from services.query.retrieval.passages import Passage
from shared.database.base import Database
from shared.domain.errors import SettingsError
from shared.repositories import conversations
from shared.settings import Settings
from shared.telemetry.metrics import LLM_TOKENS

_INSTRUCTIONS = TypeAdapter(dict[str, str])
_PER_MILLION = 1_000_000


@dataclass(frozen=True)
class Writer:
    """A language model with its prompts; `spent` of a principal is counted from midnight UTC on."""

    model: ChatModel
    prompts: PromptBuilder
    database: Database
    max_tokens: int
    tokens_per_day: int = 0
    cost_per_day: float = 0.0
    prompt_price: float = 0.0
    answer_price: float = 0.0

    async def generation(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        principal: str,
        history: Sequence[Turn],
        collections: Sequence[str],
    ) -> Generation:
        """Return an answer to be made. ModelFailure: the principal's budget is spent."""
        if await self.is_spent(principal):
            raise ModelFailure("budget_spent", "The budget of today is spent.")
        prompt = self.prompts.build(question, passages, history=history, collections=collections)
        return Generation(self.model, prompt, max_tokens=self.max_tokens, count=self.prompts.count)

    def cost(self, usage: Usage) -> float:
        """Return the price of the tokens."""
        prompt = usage.prompt_tokens * self.prompt_price
        return (prompt + usage.completion_tokens * self.answer_price) / _PER_MILLION

    async def rewritten(
        self, question: str, history: Sequence[Turn], *, principal: str
    ) -> tuple[Question, Usage]:
        """Return a follow-up as a question of its own, and the tokens; by rule beyond a budget."""
        if await self.is_spent(principal):
            return by_rule(question, history), NO_USE
        found, used = await by_model(question, history, self.model, self.prompts.count)
        LLM_TOKENS.labels("prompt").inc(used.prompt_tokens)
        LLM_TOKENS.labels("completion").inc(used.completion_tokens)
        return found, used

    async def is_spent(self, principal: str) -> bool:
        """Return whether the budget of today is spent."""
        if not self.tokens_per_day and not self.cost_per_day:
            return False
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        tokens, cost = await self.database.read(conversations.spent, principal, midnight)
        return 0 < self.tokens_per_day <= tokens or 0 < self.cost_per_day <= cost


def open_writer(settings: Settings, database: Database, model: ChatModel | None) -> Writer | None:
    """Return the writer of the settings, or None without a model.

    SettingsError: a file of the settings can't be read, or there is no room for a source.
    """
    if model is None:
        return None
    count: CountTokens = open_counter(settings.llm_tokenizer_file)
    budget = settings.llm_context_tokens - settings.llm_answer_tokens
    prompts = PromptBuilder(count, budget, _instructions(settings.instructions_file))
    if prompts.least() > budget:
        raise SettingsError(
            "QUIRE_LLM_CONTEXT_TOKENS leaves no room for a source beside the instructions and the"
            " answer. Raise it, or lower QUIRE_LLM_ANSWER_TOKENS."
        )
    return Writer(
        model,
        prompts,
        database,
        settings.llm_answer_tokens,
        settings.llm_tokens_per_day,
        settings.llm_cost_per_day,
        settings.llm_prompt_price,
        settings.llm_answer_price,
    )


def _instructions(path: str) -> Mapping[str, str]:
    if not path:
        return {}
    try:
        return _INSTRUCTIONS.validate_json(Path(path).expanduser().read_bytes())
    except OSError as error:
        raise SettingsError(f"QUIRE_INSTRUCTIONS_FILE can't be read: {error}") from None
    except ValidationError:
        raise SettingsError(
            'QUIRE_INSTRUCTIONS_FILE must be a JSON object such as {"default": "Say the clause."}.'
        ) from None
