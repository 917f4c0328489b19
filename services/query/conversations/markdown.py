"""A conversation as Markdown, each answer with its sources. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from services.query.conversations.schemas import ConversationDetail
from services.query.schemas import LogView

_STATES = {"running": "is being answered", "stopped": "was stopped", "failed": "broke off"}


def markdown(conversation: ConversationDetail) -> str:
    """Return the conversation; a statement that its sources do not support is marked."""
    title = " ".join(conversation.title.split()) or "Conversation"
    parts = [f"# {title}", *(part for turn in conversation.turns for part in _turn(turn))]
    return "\n\n".join(parts) + "\n"


def _turn(turn: LogView) -> Iterator[str]:
    yield f"## {' '.join(turn.query_text.split())}"
    if turn.state in _STATES:
        yield f"*This answer {_STATES[turn.state]}.*"
    if turn.response_text:
        yield turn.response_text
    unsupported = [each for each in turn.claims or [] if each.verdict == "unsupported"]
    if unsupported:
        said = "\n".join(f"- {' '.join(each.text.split())}" for each in unsupported)
        yield f"Not supported by the sources:\n\n{said}"
    if turn.citations:
        yield "\n".join(
            f"{each.index}. {each.title or each.source}"
            + (f", page {each.page_label or each.page}" if each.page else "")
            + f": “{' '.join(each.quote.split())}”"
            for each in turn.citations
        )
