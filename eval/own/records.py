"""Cases of codes, part numbers and rows of long tables. No I/O."""

from __future__ import annotations

import random

from eval.own.blocks import CaseBook, Grid, Heading, Items, Paragraph

_DEV_ACTIONS = (
    "bleed the brake line", "swap the fuse", "tighten the belt", "inform the duty engineer",
    "close the inlet valve", "clean the optical gate",
)  # fmt: skip
_TEST_ACTIONS = (
    "reset the breaker", "drain the separator", "replace the cartridge", "wait for the green lamp",
    "ring the control room", "lower the platform",
)  # fmt: skip
_FRESH_ACTIONS = (
    "open the bypass", "clean the nozzle", "call the shift leader", "turn the drum by hand",
    "refill the reservoir", "lock the rear door",
)  # fmt: skip
_ACTIONS = {"dev": _DEV_ACTIONS, "test": _TEST_ACTIONS, "fresh": _FRESH_ACTIONS}
_NAMES = {
    "dev": ("hinge plate", "drain plug", "shaft collar", "wire clamp"),
    "test": ("lens hood", "filter ring", "tripod shoe", "cold shoe"),
    "fresh": ("bobbin case", "presser foot", "needle bar", "feed dog"),
}
_FRONTS = {
    "dev": ("Ober", "Nieder", "Klein", "Gross", "Neu"),
    "test": ("Pont", "Mont", "Val", "Font", "Bel"),
    "fresh": ("Ash", "Brook", "Elm", "Hazel", "Wynd"),
}
_BACKS = {
    "dev": ("kirch", "furt", "stett", "weiler", "linden", "hausen", "moos"),
    "test": ("clair", "ville", "noir", "rose", "bois", "sec", "mar"),
    "fresh": ("combe", "worth", "hurst", "bury", "thorpe", "leigh", "wick"),
}
_MISSING_PLACE = {"dev": "Falkenrode", "test": "Saint-Personne", "fresh": "Oakmere"}
_TOLD, _MISSING = 10, 4


def add(book: CaseBook, half: str, chance: random.Random) -> None:
    """Add fault codes, part numbers and a table over two pages."""
    _add_codes(book, half, chance)
    if half == "dev":
        _add_hexadecimal_codes(book, chance)
    _add_parts(book, half, chance)
    _add_towns(book, half, chance)


def _add_codes(book: CaseBook, half: str, chance: random.Random) -> None:
    actions = _ACTIONS[half]
    made = chance.sample(range(101, 999), 32 + _MISSING)
    shape = {"dev": "A-{0}", "test": "0x{0:03X}", "fresh": "F{0}"}[half]
    codes = [shape.format(n) for n in made]
    told = {code: chance.choice(actions) for code in codes[:32]}
    if half == "dev":
        title, ending = "Alarms of the cable car", "md"
        texts = tuple(f"Alarm {c}: {a}, then enter it in the log." for c, a in told.items())
        question = "What must I do at alarm {code}?"
        blocks: tuple[Items | Grid, ...] = (Items(texts),)
    elif half == "fresh":
        title, ending = "Messages of the laundry line", "txt"
        texts = tuple(f"{c}: {a}." for c, a in told.items())
        question = "What do I do at message {code}?"
        blocks = (Items(texts),)
    else:
        title, ending = "Status words of the gantry crane", "docx"
        blocks = (Grid((("Status", "Operator"), *told.items())),)
        question = "Which action follows status {code}?"
    name = book.draft(f"{half}-codes.{ending}", Heading(title), *blocks)
    for place, code in enumerate(chance.sample(sorted(told), _TOLD)):
        absent = [each for each in actions if each != told[code]]
        kind, asked = ("exact code", question.format(code=code))
        if place >= _TOLD - 3:
            kind, asked = "bare code", code
        book.ask(kind, [name], asked, told[code], absent=absent)
    for code in codes[32:]:
        book.ask("missing code", [name], question.format(code=code))


def _add_hexadecimal_codes(book: CaseBook, chance: random.Random) -> None:
    codes = [f"0x{n:04X}" for n in chance.sample(range(0xB000, 0xB0FF), 20 + _MISSING)]
    told = {code: chance.choice(_DEV_ACTIONS) for code in codes[:20]}
    grid = Grid((("Code", "Reaction"), *told.items()))
    name = book.draft("dev-registers.docx", Heading("Codes of the door controller"), grid)
    for code in chance.sample(sorted(told), _TOLD // 2):
        absent = [each for each in _DEV_ACTIONS if each != told[code]]
        asked = f"Which reaction belongs to code {code}?"
        book.ask("exact code in hexadecimal", [name], asked, told[code], absent=absent)
    for code in codes[20:]:
        book.ask("missing code in hexadecimal", [name], f"Which reaction belongs to code {code}?")


def _add_parts(book: CaseBook, half: str, chance: random.Random) -> None:
    numbers = chance.sample(range(10_000, 99_999), 40 + _MISSING)
    shape = {"dev": "{0}-{1}", "test": "{1}.{0}", "fresh": "{1}/{0}"}[half]
    parts = [shape.format(f"{n // 1000:02}{'ABCDEFGH'[n % 8]}", n % 1000 + 1000) for n in numbers]
    prices = [f"{cents // 100}.{cents % 100:02}" for cents in chance.sample(range(310, 49_000), 40)]
    rows = [
        (part, chance.choice(_NAMES[half]), f"bin {chance.randrange(10, 99)}", price)
        for part, price in zip(parts, prices, strict=False)
    ]
    header = ("Item no.", "Name", "Bin", "Price")
    name = book.draft(
        f"{half}-parts.{'md' if half == 'dev' else 'docx'}",
        Heading("Stock list of the repair shop"),
        Paragraph("Prices are net and in euros."),
        Grid((header, *rows)),
    )
    for part, _, _, price in chance.sample(rows, _TOLD):
        absent = [each for each in prices if each != price]
        book.ask("exact part", [name], f"How much does item {part} cost?", price, absent=absent)
    for part in parts[40:]:
        book.ask("missing part", [name], f"How much does item {part} cost?")


def _add_towns(book: CaseBook, half: str, chance: random.Random) -> None:
    towns = [front + back for front in _FRONTS[half] for back in _BACKS[half]]
    towns = chance.sample(towns, len(towns))
    numbers = chance.sample(range(2_000, 9_990), 2 * len(towns))
    rows = [(town, str(numbers[2 * n]), str(numbers[2 * n + 1])) for n, town in enumerate(towns)]
    header = ("Parish", "Households", "Trees planted")
    name = book.draft(
        f"{half}-parishes.pdf",
        Heading("Parishes of the district"),
        Paragraph("The table shows the state at the last census of the district."),
        # Enough rows for a second page, on which the header is repeated.
        Grid((header, *rows)),
    )
    for town, households, trees in chance.sample(rows, _TOLD):
        for question, value in (
            (f"How many households does {town} have?", households),
            (f"How many trees were planted in {town}?", trees),
        ):
            absent = [cell for row in rows if row[0] != town for cell in row[1:]]
            book.ask("right row over two pages", [name], question, value, absent=absent)
    missing = _MISSING_PLACE[half]
    book.ask("missing row", [name], f"How many households does {missing} have?")
    book.ask("missing row", [name], f"How many trees were planted in {missing}?")
