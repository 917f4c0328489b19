"""Cases of exact keys: 200 short passages of seven kinds, and 60 questions that name a key. No I/O.

A passage is a document of its own. A third of the questions are the bare key; a date is asked in
another spelling than its passage has. Keys of one kind differ in few characters, and each passage
has a value that no other has.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from eval.own.blocks import CaseBook, Paragraph

PASSAGES, QUESTIONS = 200, 60
# Each third question is the bare key.
_BARE_EVERY = 3


@dataclass(frozen=True)
class Kind:
    """Passages of one kind: `text` has `{key}` and `{value}`, `question` has `{key}`."""

    name: str
    text: str
    question: str
    key: Callable[[random.Random], str]
    asked: Callable[[str], str] = str


@dataclass(frozen=True)
class _Passage:
    name: str
    key: str
    value: str


def _clause(chance: random.Random) -> str:
    return f"{chance.randint(2, 19)}.{chance.randint(1, 9)}.{chance.randint(1, 9)}"


def _part(chance: random.Random) -> str:
    return f"{chance.randint(7740, 7759)}-{chance.randint(90, 99):04}-{chance.choice('ABCDE')}"


def _catalogue(chance: random.Random) -> str:
    return f"{chance.choice(['HX', 'HZ', 'KX'])}{chance.randint(4400, 4499)}/{chance.choice('12')}"


def _ticket(chance: random.Random) -> str:
    return f"INC-{chance.randint(48_100, 48_399)}"


def _case_number(chance: random.Random) -> str:
    return f"#{chance.randint(70_500, 70_899)}"


def _error(chance: random.Random) -> str:
    return f"0x{chance.randint(0x8F00, 0x8FFF):04X}"


def _fault(chance: random.Random) -> str:
    return f"ERR_{chance.randint(2200, 2399)}"


def _procedure(chance: random.Random) -> str:
    return f"SOP-{chance.randint(101, 189)}"


def _form(chance: random.Random) -> str:
    return f"QM-F-{chance.randint(1, 99):04}"


def _surname(*parts: Sequence[str]) -> Callable[[random.Random], str]:
    return lambda chance: "".join(map(chance.choice, parts))


def _long_date(chance: random.Random) -> str:
    return _spelled(date(2031, 1, 1) + timedelta(days=chance.randrange(700)))


def _iso_date(chance: random.Random) -> str:
    return (date(2024, 1, 1) + timedelta(days=chance.randrange(700))).isoformat()


def _spelled(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _as_iso(spelled: str) -> str:
    day, month, year = spelled.split()
    months = {f"{date(2000, n, 1):%B}": n for n in range(1, 13)}
    return date(int(year), months[month], int(day)).isoformat()


def _as_spelled(iso: str) -> str:
    return _spelled(date.fromisoformat(iso))


_DEV = (
    Kind("clause", "Clause {key}. The supplier pays back {value} crowns if the delivery is late. "
         "Notice is given in writing.", "How much does the supplier pay back under clause {key}?",
         _clause),
    Kind("part number", "Part {key} is a coupling for the main shaft. Its bolts are tightened with "
         "{value} newton metres.", "With which torque are the bolts of part {key} tightened?",
         _part),
    Kind("ticket", "Ticket {key}: the printer on the second floor stopped. It was closed after "
         "{value} minutes of work.", "How many minutes of work did ticket {key} take?", _ticket),
    Kind("error code", "Error {key} means that the sensor gives no signal. Restart channel {value} "
         "and check the cable.", "Which channel is restarted at error {key}?", _error),
    Kind("document id", "{key} describes how goods are received. A paper copy stands in room "
         "{value}.", "In which room is the paper copy of {key}?", _procedure),
    Kind("surname", "{key} works in the planning group and can be reached on extension {value}.",
         "What is the extension of {key}?",
         _surname(("Okon", "Hal", "Ver", "Stein", "Mar", "Lind"),
                  ("kwo", "berg", "mann", "quist", "feld"))),
    Kind("date", "At the meeting on {key} the board granted {value} thousand crowns for the roof.",
         "How much did the board grant on {key}?", _long_date, _as_iso),
)  # fmt: skip
_TEST = (
    Kind("clause", "{key} The tenant deposits {value} euros before the keys are handed over; the "
         "sum bears no interest.", "What does the tenant deposit according to section {key}?",
         _clause),
    Kind("part number", "{key}: seal ring, nitrile, for the feed pump. Fits a groove of {value} "
         "micrometres.", "For which groove is the seal ring {key}?", _catalogue),
    Kind("ticket", "Case {key}. A customer reports that the parcel was wet. We refunded {value} "
         "dollars on the same day.", "How much was refunded in case {key}?", _case_number),
    Kind("error code", "{key} is logged when the queue is full. Raise the limit to {value} "
         "messages and start the broker again.", "To which limit do I raise the queue for {key}?",
         _fault),
    Kind("document id", "Form {key} records the cleaning of a tank. It is kept for {value} weeks.",
         "For how many weeks is form {key} kept?", _form),
    Kind("surname", "Dr {key} leads the night team of the laboratory. Her pager has the number "
         "{value}.", "Which pager number does Dr {key} have?",
         _surname(("Abe", "Cor", "Dal", "Fen", "Gri", "Tol"),
                  ("wick", "stow", "rigan", "mondo", "vaara"))),
    Kind("date", "Inspection of {key}: the crane lifted {value} kilograms without complaint.",
         "How many kilograms did the crane lift at the inspection of {key}?", _iso_date,
         _as_spelled),
)  # fmt: skip
_HALVES = {"dev": _DEV, "test": _TEST}


def add(book: CaseBook, half: str, chance: random.Random) -> None:
    """Add the passages and the questions of a half, and one missing key of each kind."""
    kinds = _HALVES[half]
    numbers = iter(chance.sample(range(201, 999), PASSAGES))
    passages: dict[Kind, list[_Passage]] = {kind: [] for kind in kinds}
    for place in range(PASSAGES):
        kind = kinds[place % len(kinds)]
        key, value = _new_key(kind, passages[kind], chance), str(next(numbers))
        name = f"{kind.name.replace(' ', '-')}-{place:03}.txt"
        book.draft(name, Paragraph(kind.text.format(key=key, value=value)))
        passages[kind].append(_Passage(name, key, value))
    files = [draft.name for draft in book.drafts]
    for place in range(QUESTIONS):
        kind, nth = kinds[place % len(kinds)], place // len(kinds)
        _ask(book, files, kind, passages[kind], nth, bare=place % _BARE_EVERY == 0)
    for kind in kinds:
        key = kind.asked(_new_key(kind, passages[kind], chance))
        book.ask(f"missing {kind.name}", files, kind.question.format(key=key))


def _ask(
    book: CaseBook,
    files: Sequence[str],
    kind: Kind,
    passages: Sequence[_Passage],
    nth: int,
    *,
    bare: bool,
) -> None:
    passage = passages[nth]
    key = kind.asked(passage.key)
    book.ask(
        f"bare {kind.name}" if bare else kind.name,
        files,
        key if bare else kind.question.format(key=key),
        every=[passage.value],
        absent=[each.value for each in passages if each is not passage],
        source=passage.name,
        # A sentence that names the key may lead to the one with its value.
        needed=[passage.key, passage.value],
    )


def _new_key(kind: Kind, passages: Sequence[_Passage], chance: random.Random) -> str:
    """Return a key that no passage has."""
    taken = {passage.key for passage in passages}
    while (key := kind.key(chance)) in taken:
        pass
    return key
