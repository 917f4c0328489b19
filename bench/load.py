"""The load of clients: sends documents, waits for them, asks questions, alone or at once."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from bench.api import Api, Asker, Unreadable
from bench.documents import NoDocuments
from bench.measure import CpuClock, milliseconds
from bench.server import Running
from deploy.local.polling import until

P = ParamSpec("P")
T = TypeVar("T")

# Clients that upload, and that ask, at the same time.
UPLOADERS = 4
CLIENTS = 8
# Questions asked before the measurement, so that caches are filled.
WARM_UP = 20
COMPLETED = ("completed", "completed_empty")
# In the order of processing, so that no document moves on unseen between two requests.
UNFINISHED = ("pending", "processing")
# Seconds for the whole ingest; only a stuck document takes this long.
INGEST_WITHIN_S = 3600.0
# Each look costs the server some milliseconds, which the baseline does not have.
_POLL_EVERY_S = 0.5
# Words of one question.
_WORDS = 12


@dataclass(frozen=True)
class Sent:
    """Ids of the accepted documents, seconds of each upload, and the reasons of refusals."""

    ids: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def timed(action: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> tuple[float, T]:
    """Return the seconds that an action took, and its result."""
    begun = time.perf_counter()
    result = action(*arguments, **named)
    return time.perf_counter() - begun, result


def upload_all(api: Api, paths: Sequence[Path]) -> Sent:
    """Send files from a few clients at once; refused files are noted."""
    sent = Sent()
    with ThreadPoolExecutor(UPLOADERS) as pool:
        for upload in [pool.submit(timed, api.send, path) for path in paths]:
            try:
                seconds, document_id = upload.result()
            except Unreadable as reason:
                sent.refused.append(str(reason))
            else:
                sent.ids.append(document_id)
                sent.seconds.append(seconds)
    return sent


def wait_for_all(api: Api, at_most_s: float = INGEST_WITHIN_S) -> None:
    """Return when no document is pending or processing. NotUp: not within `at_most_s`."""
    until(
        lambda: not any(api.has_documents(status) for status in UNFINISHED),
        seconds=at_most_s,
        otherwise=lambda: f"The documents were not finished within {at_most_s:.0f} s.",
        every_s=_POLL_EVERY_S,
    )


def questions_about(api: Api, document_ids: Sequence[str], count: int) -> list[str]:
    """Return runs of words from the documents; the same ones in every run.

    NoDocuments: no document holds prose.
    """
    dice = random.Random(7)
    found = []
    for document_id in document_ids:
        for text in api.texts(document_id, limit=50):
            words = text.split()
            start = dice.randrange(max(1, len(words) - _WORDS))
            run = words[start : start + _WORDS]
            # Prose only: rows of figures make no question.
            if sum(word.isalpha() for word in run) >= 0.75 * _WORDS:
                found.append(" ".join(run))
    if not found:
        raise NoDocuments("No document holds a line of prose to ask about.")
    dice.shuffle(found)
    return found[:count]


def queries(server: Running, questions: Sequence[str], crowd_s: float) -> dict[str, Any]:
    """Measure one client and several, and the share of questions that found their source.

    `cpu_ms` is the CPU of the server for one question, with all its processes.
    """
    url = server.url
    ask_in_turn(url, [f"{question} {question}" for question in questions[:WARM_UP]])
    with CpuClock(server.pid) as clock:
        alone, found = ask_in_turn(url, questions)
    with CpuClock(server.pid) as crowd:
        rate, crowded = ask_at_once(url, questions, crowd_s)
    return {
        "found": found,
        "alone": milliseconds(alone) | {"cpu_ms": clock.ms_each(len(alone))},
        f"{CLIENTS}_clients": milliseconds(crowded)
        | {"cpu_ms": crowd.ms_each(len(crowded)), "per_s": rate},
    }


def answers(server: Running, questions: Sequence[str]) -> dict[str, Any]:
    """Measure answers to questions that were not asked before, one after another."""
    with contextlib.closing(Asker(server.url)) as asker:
        for question in questions[:WARM_UP]:
            asker.answer(f"{question} {question}")
        with CpuClock(server.pid) as clock:
            replies = [timed(asker.answer, question) for question in questions]
    taken = milliseconds([seconds for seconds, _ in replies])
    answered = sum(reply["answered"] for _, reply in replies)
    return {
        **taken,
        "cpu_ms": clock.ms_each(len(replies)),
        "answered": answered / len(replies) if replies else float("nan"),
    }


def ask_in_turn(url: str, questions: Sequence[str]) -> tuple[list[float], float]:
    """Return the seconds of each answer, and the share of questions whose words came back."""
    taken: list[float] = []
    hits = 0
    with contextlib.closing(Asker(url)) as asker:
        for question in questions:
            seconds, passages = timed(asker.ask, question)
            taken.append(seconds)
            hits += any(question in " ".join(each["content"].split()) for each in passages)
    return taken, hits / len(questions) if questions else float("nan")


def ask_at_once(url: str, questions: Sequence[str], crowd_s: float) -> tuple[float, list[float]]:
    """Return the answered questions a second of all clients together, and the seconds of each.

    No question is asked twice, so that the server can't answer from memory.
    """
    begun = time.perf_counter()

    def client(number: int) -> list[float]:
        taken: list[float] = []
        with contextlib.closing(Asker(url)) as asker:
            while time.perf_counter() - begun < crowd_s:
                question = questions[(number + CLIENTS * len(taken)) % len(questions)]
                taken.append(timed(asker.ask, f"{question} {number}.{len(taken)}")[0])
        return taken

    with ThreadPoolExecutor(CLIENTS) as pool:
        latencies = [second for taken in pool.map(client, range(CLIENTS)) for second in taken]
    return len(latencies) / (time.perf_counter() - begun), latencies
