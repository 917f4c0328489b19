"""`quire llm check` says whether the server's language model can be reached, and how fast it is."""

from __future__ import annotations

import typer

from services.cli import options, render
from services.cli.client import DEFAULT_URL, Client
from services.cli.exits import CommandError, Commands

app = typer.Typer(cls=Commands, help="The language model.", no_args_is_help=True)
_REASONS = {
    "unreachable": "it can't be reached",
    "timeout": "it does not answer in time",
    "rate_limited": "it has too many requests",
    "refused": "it refuses the request; check the name of the model and the key",
    "bad_response": "what it answers is no chat completion; check the address",
    "cut_off": "it broke off in the middle of its answer",
}


@app.callback()
def llm() -> None:
    """Commands for the language model that words answers."""


@app.command()
def check(
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Ask the language model for a word; exit code 1 if none comes."""
    with Client(url, api_key) as client:
        found = client.check_model()
    if as_json:
        render.print_json(found)
    elif found.get("reachable"):
        render.console().print(_sentence(found), markup=False)
    if not found["configured"]:
        raise CommandError("No language model is set, so answers are quotes. Set QUIRE_LLM_URL.")
    if not found["reachable"]:
        reason = _REASONS.get(found["reason"], found["reason"])
        raise CommandError(f"The language model {found['name']} is not usable: {reason}.")


def _sentence(found: dict[str, object]) -> str:
    missing = ", which its endpoint does not list," if found["has_model"] is False else ""
    first = found["first_token_ms"]
    speed = f"; its first token came after {first:.0f} ms" if isinstance(first, float) else ""
    return f"The language model {found['name']}{missing} answers{speed}."
