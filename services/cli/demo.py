"""The demo: uploads the samples, asks three questions and checks the answers.

`python -m services.cli.demo` starts its own server on a free port with a temporary data folder;
`--target URL` uses a running one. It exits with an error if an answer differs from what the
samples say.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from services.cli import ask, ingest, options, render
from services.cli.client import Client
from services.cli.exits import CommandError, Commands
from services.cli.ingestion import Item
from services.cli.local_server import local_server

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
COLLECTION = "samples"
UNANSWERABLE = "unanswerable"
KINDS = {
    "table": "The answer is one cell of a table",
    "two_documents": "The answer needs two documents",
    UNANSWERABLE: "The documents do not say, so no answer is right",
}

app = typer.Typer(cls=Commands, add_completion=False, pretty_exceptions_show_locals=False)


@dataclass
class Laps:
    """Seconds that each part took."""

    taken: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def lap(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.taken[name] = time.monotonic() - begun


# A callback, not a command: Typer does not run a single command through its group class.
@app.callback(invoke_without_command=True)
def demo(
    target: Annotated[
        str, typer.Option("--target", envvar="TARGET", help="Use the server at this address.")
    ] = "",
    api_key: options.ApiKey = "",
) -> None:
    """Upload the sample documents, ask three questions, check the answers."""
    if not SAMPLES.is_dir():
        raise CommandError("The demo needs the samples folder of the source checkout.")
    # On SIGTERM, too, stop the server that was started here.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    out, laps = render.console(), Laps()
    with contextlib.ExitStack() as stack:
        with laps.lap("start"):
            url = target or _own_server(stack, out)
        client = stack.enter_context(Client(url, api_key))
        _upload(client, out, laps)
        _ask_all(client, out, laps)
        _verify(client, out, laps)
        with laps.lap("stop"):
            stack.close()
    _print_laps(out, laps)


def faults(question: dict[str, Any], reply: dict[str, Any]) -> list[str]:
    """Return what is wrong with a reply, compared with what the samples say."""
    citations = reply["citations"]
    if question["kind"] == UNANSWERABLE:
        wrong = reply.get("answered", True) or citations
        return ["was answered, although no document has the answer"] if wrong else []
    quotes = _plain(" ".join(entry["quote"] for entry in citations))
    sources = {entry["source"] for entry in citations}
    return [
        *(f"no quote says “{said}”" for said in question["expects"] if _plain(said) not in quotes),
        *(f"{name} is not cited" for name in question["documents"] if name not in sources),
    ]


def _own_server(stack: contextlib.ExitStack, out: Console) -> str:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quire-demo-")))
    with out.status("Starting Quire: all five services in one process …"):
        url = stack.enter_context(local_server(folder))
    out.print(f"Quire runs at {url}.\n")
    return url


def _upload(client: Client, out: Console, laps: Laps) -> None:
    out.rule("[bold]1. Upload the sample documents", align="left")
    files = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".pdf", ".docx"))
    items = [Item(path, path.stat().st_size) for path in files]
    with laps.lap("read, embed and index"):
        ingest.run(client, items, {"collection": COLLECTION})
    out.print(render.summary(items), "")
    failed = [item.path.name for item in items if not item.ok]
    if failed:
        raise CommandError(f"The demo failed: {', '.join(failed)} could not be processed.")


def _ask_all(client: Client, out: Console, laps: Laps) -> None:
    out.rule("[bold]2. Ask questions; every quote is verified against its document", align="left")
    questions = json.loads((SAMPLES / "questions.json").read_text(encoding="utf-8"))
    wrong: list[str] = []
    for question in questions:
        with laps.lap(f"ask: {question['kind'].replace('_', ' ')}"):
            reply = client.ask(ask.query(question["question"], collection=COLLECTION))
        out.print(f"[dim]{KINDS[question['kind']]}.[/]")
        out.print(render.answer(question["question"], reply), "")
        wrong += [f"{question['question']} {fault}" for fault in faults(question, reply)]
    if wrong:
        raise CommandError("The demo failed. " + "; ".join(wrong) + ".")


def _verify(client: Client, out: Console, laps: Laps) -> None:
    out.rule("[bold]3. Verify that nothing is lost, duplicated or stuck", align="left")
    with laps.lap("verify"):
        report = client.verify(repair=False)
    out.print(render.checks(report), "")
    if not report["ok"]:
        raise CommandError("The demo failed: `quire verify` found problems.")


def _print_laps(out: Console, laps: Laps) -> None:
    out.rule("[bold]How long it took", align="left")
    out.print(render.fields({name: f"{seconds:7.2f} s" for name, seconds in laps.taken.items()}))
    out.print(
        "\nNext: [bold]make run[/] starts Quire with its data in ./data,"
        "\n[bold]quire ingest[/] your documents, then [bold]quire ask[/] \"…\".", highlight=False
    )  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


if __name__ == "__main__":
    app()
