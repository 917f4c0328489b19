"""What clients do to a server: send documents, wait for them, ask questions, alone or at once."""

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
from bench.measure import milliseconds

P = ParamSpec("P")
T = TypeVar("T")

UPLOADERS = 4
CLIENTS = 8
QUESTIONS = 200
WARM_UP = 20
COMPLETED = ("completed", "completed_empty")
# In the order of a document's way: looked at like this, none slips by between two looks.
UNFINISHED = ("pending", "processing")
INGEST_WITHIN_S = 3600.0
_LOOK_EVERY_S = 0.2
_CROWD_S = 6.0
_WORDS = 12


@dataclass(frozen=True)
class Sent:
    """The documents that the server took, the seconds each cost, and why it took no others."""

    ids: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def timed(action: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> tuple[float, T]:
    """How many seconds it took, and what came of it."""
    begun = time.perf_counter()
    result = action(*arguments, **named)
    return time.perf_counter() - begun, result


def upload_all(api: Api, paths: Sequence[Path]) -> Sent:
    """Send files from a few clients at once. One that is refused keeps no other back."""
    sent = Sent()
    with ThreadPoolExecutor(UPLOADERS) as pool:
        for upload in [pool.submit(timed, api.upload, path) for path in paths]:
            try:
                seconds, document_id = upload.result()
            except Unreadable as reason:
                sent.refused.append(str(reason))
            else:
                sent.ids.append(document_id)
                sent.seconds.append(seconds)
    return sent


def wait_for_all(api: Api, at_most_s: float = INGEST_WITHIN_S) -> bool:
    """Return when no document waits or is worked on, True, or when the time is up."""
    deadline = time.monotonic() + at_most_s
    while any(api.anything(status) for status in UNFINISHED):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY_S)
    return True


def questions_about(api: Api, document_ids: Sequence[str]) -> list[str]:
    """Runs of words from random places; the same in every run over the same documents.

    NoDocuments where none holds any.
    """
    dice = random.Random(7)
    found = []
    for document_id in document_ids:
        for text in api.texts(document_id, limit=50):
            words = text.split()
            start = dice.randrange(max(1, len(words) - _WORDS))
            run = words[start : start + _WORDS]
            # Prose: rows of figures are nothing to ask with.
            if sum(word.isalpha() for word in run) >= 0.75 * _WORDS:
                found.append(" ".join(run))
    if not found:
        raise NoDocuments("No document holds a line of prose to ask about.")
    dice.shuffle(found)
    return found[:QUESTIONS]


def queries(url: str, questions: Sequence[str]) -> dict[str, Any]:
    """Latencies of one client and of several, and how often a question found where it came from."""
    ask_in_turn(url, [f"{question} {question}" for question in questions[:WARM_UP]])
    alone, found = ask_in_turn(url, questions)
    rate, crowded = ask_at_once(url, questions)
    return {
        "found": found,
        "alone": milliseconds(alone),
        f"{CLIENTS}_clients": milliseconds(crowded) | {"per_s": rate},
    }


def ask_in_turn(url: str, questions: Sequence[str]) -> tuple[list[float], float]:
    """Seconds per answer, and the share of questions whose very words came back."""
    taken: list[float] = []
    hits = 0
    with contextlib.closing(Asker(url)) as asker:
        for question in questions:
            seconds, passages = timed(asker.ask, question)
            taken.append(seconds)
            hits += any(question in " ".join(each["content"].split()) for each in passages)
    return taken, hits / len(questions) if questions else float("nan")


def ask_at_once(url: str, questions: Sequence[str]) -> tuple[float, list[float]]:
    """Questions a second that all clients together had answered, and the seconds of each.

    No question comes twice: whatever the server remembers of one is of no use.
    """
    begun = time.perf_counter()

    def client(number: int) -> list[float]:
        taken: list[float] = []
        with contextlib.closing(Asker(url)) as asker:
            while time.perf_counter() - begun < _CROWD_S:
                question = questions[(number + CLIENTS * len(taken)) % len(questions)]
                taken.append(timed(asker.ask, f"{question} {number}.{len(taken)}")[0])
        return taken

    with ThreadPoolExecutor(CLIENTS) as pool:
        latencies = [second for taken in pool.map(client, range(CLIENTS)) for second in taken]
    return len(latencies) / (time.perf_counter() - begun), latencies
