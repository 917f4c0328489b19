"""The language model that words answers: any OpenAI-compatible endpoint, or none."""

from __future__ import annotations

from services.query.answers.llm.base import ChatModel
from shared.settings import Settings

__all__ = ["ChatModel", "open_model"]


def open_model(settings: Settings) -> ChatModel | None:
    """Open the model of the settings, if one is set. SettingsError: its key can't be read."""
    if not settings.llm_url:
        return None
    from services.query.answers.llm.openai import open_openai

    return open_openai(settings)
