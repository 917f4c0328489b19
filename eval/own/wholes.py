"""Cases of whole lists, of steps in order, and of the right section. No I/O."""

from __future__ import annotations

import random
from dataclasses import dataclass

from eval.own.blocks import CaseBook, Heading, Items, Paragraph

_CLOSING = Paragraph("Remarks are sent to the office by the end of the week.")


@dataclass(frozen=True)
class Listing:
    """A list in a document of its own, beside a second list that is not asked for."""

    name: str
    title: str
    lead_in: str
    items: tuple[str, ...]
    ordered: bool
    other_lead_in: str
    others: tuple[str, ...]
    question: str


_DEV = (
    Listing(
        "tent.md", "Night hike", "The group leader carries the following items:",
        ("a whistle", "two head torches", "the route card", "a foil blanket", "spare batteries"),
        False, "The following items stay at the hut:",
        ("the camping stove", "wet clothes", "large rucksacks"),
        "What does the group leader carry?",
    ),
    Listing(
        "espresso.docx", "Descaling the espresso machine", "Descale in this order:",
        ("Switch the machine off and let it cool.", "Empty the water tank.",
         "Fill in one litre of descaler.", "Run the pump until half the tank is empty.",
         "Wait for fifteen minutes.", "Rinse twice with fresh water."),
        True, "These signs show that it is time:",
        ("the flow gets thin", "the pump hums louder"),
        "What are the steps to descale the espresso machine?",
    ),
    Listing(
        "delivery.txt", "Goods inward", "Reject a delivery if one of these applies:",
        ("the seal is broken", "the pallet is wet", "the delivery note is missing",
         "the count differs by more than two"),
        False, "A delivery note names the following:",
        ("the order number", "the carrier", "the batch"),
        "When is a delivery rejected?",
    ),
    Listing(
        "projector.pdf", "Lecture hall", "To start the projector do the following:",
        ("Turn the key at the lectern.", "Lower the screen with the left switch.",
         "Choose input two on the panel.", "Remove the lens cap."),
        True, "When you leave, do the following:",
        ("Raise the screen.", "Turn the key back."),
        "How do I start the projector?",
    ),
)  # fmt: skip
_TEST = (
    Listing(
        "lifeboat.docx", "Lifeboat equipment", "Every lifeboat is fitted with:",
        ("six hand flares", "a bailer", "a sea anchor", "drinking water for three days",
         "a signalling mirror", "two paddles"),
        False, "The following is kept on the bridge:", ("the muster list", "the spare radio"),
        "What is every lifeboat fitted with?",
    ),
    Listing(
        "kiln.md", "Firing the kiln", "Proceed as follows to fire the kiln:",
        ("Check that the shelves are dry.", "Stack the heaviest pieces at the bottom.",
         "Close both vents.", "Set programme three.", "Open the upper vent at 300 degrees.",
         "Let the kiln cool for a day."),
        True, "Proceed as follows to unload it:",
        ("Open the lower vent first.", "Wear the long gloves."),
        "Which steps are needed to fire the kiln?",
    ),
    Listing(
        "grant.pdf", "Travel grants", "An application contains these papers:",
        ("the completed form", "a letter of support", "a cost estimate", "proof of enrolment"),
        False, "After the journey we need:", ("all receipts", "a report of two pages"),
        "Which papers does an application for a travel grant contain?",
    ),
    Listing(
        "spill.txt", "Chemical spill", "In case of a spill:",
        ("Warn everyone in the room.", "Close the gas tap.", "Spread the absorbent from the rim.",
         "Collect the waste in the blue drum.", "Report the spill to the safety desk."),
        True, "The spill cupboard holds:", ("a sack of granules", "goggles", "a dustpan"),
        "What do I do in case of a spill?",
    ),
)  # fmt: skip
_FRESH = (
    Listing(
        "first-aid.md", "First aid box", "The box on the wall holds:",
        ("four triangular bandages", "a pair of scissors", "twelve plasters", "a cold pack",
         "two eye pads"),
        False, "The box in the van holds:", ("a stretcher", "a warning vest"),
        "What does the box on the wall hold?",
    ),
    Listing(
        "bees.docx", "Care of the hives", "Inspect a hive in this order:",
        ("Light the smoker.", "Lift the lid slowly.", "Take out the outer frame.",
         "Look for the queen.", "Count the frames with brood."),
        True, "Feed the bees in this order:", ("Boil the syrup.", "Fill the tray."),
        "What are the steps to inspect a hive?",
    ),
    Listing(
        "visa.pdf", "Guests from abroad", "A letter of invitation states the following:",
        ("the dates of the visit", "the name of the host", "the purpose of the stay",
         "proof of insurance"),
        False, "On the first day guests receive:", ("a badge", "the house rules"),
        "What does a letter of invitation state?",
    ),
    Listing(
        "frost.txt", "Frost in the greenhouse", "When frost is forecast:",
        ("Close all the vents.", "Start the paraffin heater.", "Cover the seedlings with fleece.",
         "Drain the outside tap."),
        True, "When the frost is over:", ("Fold the fleece.", "Check the pipes."),
        "What do I do when frost is forecast?",
    ),
)  # fmt: skip
# Title, name of a group, groups, properties with heading, sentence and question.
_DEV_SECTIONS = (
    "stones.md", "Handbook of the quarry", "Grade",
    ("granite", "basalt", "slate", "marble", "tuff"),
    (
        ("Hardness", "The test hammer must rebound by at least {n} units.",
         "How far must the test hammer rebound on grade {group}?"),
        ("Blocks", "A block may weigh at most {n} kilograms.",
         "How much may a block of grade {group} weigh?"),
    ),
    "sandstone",
)  # fmt: skip
_TEST_SECTIONS = (
    "paper.docx", "Quality manual of the paper mill", "Sort",
    ("carton", "newsprint", "vellum", "blotting", "tissue", "parchment"),
    (
        ("Moisture", "The sheet may hold no more than {n} grams of water.",
         "How much water may a sheet of sort {group} hold?"),
        ("Winding", "The reel turns at {n} rounds a minute.",
         "How fast does the reel turn for sort {group}?"),
    ),
    "cardboard",
)  # fmt: skip


_FRESH_SECTIONS = (
    "ropes.md", "Data book of the rope works", "Class",
    ("hemp", "sisal", "manila", "cotton", "jute"),
    (
        ("Strength", "A sample must carry at least {n} newtons.",
         "How many newtons must a sample of class {group} carry?"),
        ("Storage", "A coil is stored for up to {n} days.",
         "For how many days is a coil of class {group} stored?"),
    ),
    "nylon",
)  # fmt: skip


def add(book: CaseBook, half: str, chance: random.Random) -> None:
    """Add the lists and the sections of a half."""
    for listing in {"dev": _DEV, "test": _TEST, "fresh": _FRESH}[half]:
        _add_listing(book, listing)
    _add_sections(book, half, chance)


def _add_listing(book: CaseBook, listing: Listing) -> None:
    book.draft(
        listing.name,
        Heading(listing.title),
        Paragraph("This page is part of the handbook for new members."),
        Paragraph(listing.lead_in),
        Items(listing.items, listing.ordered),
        Paragraph(listing.other_lead_in),
        Items(listing.others),
        _CLOSING,
    )
    kind = "whole steps" if listing.ordered else "whole list"
    book.ask(kind, [listing.name], listing.question, every=listing.items, absent=listing.others)


def _add_sections(book: CaseBook, half: str, chance: random.Random) -> None:
    name, title, word, groups, properties, missing = {
        "dev": _DEV_SECTIONS, "test": _TEST_SECTIONS, "fresh": _FRESH_SECTIONS
    }[half]  # fmt: skip
    numbers = iter(map(str, chance.sample(range(110, 990), len(groups) * len(properties))))
    values = {(group, heading): next(numbers) for group in groups for heading, *_ in properties}
    blocks: list[Heading | Paragraph] = [Heading(title)]
    for group in groups:
        blocks += [Heading(f"{word} {group}", 2), Paragraph("All of it is sampled on arrival.")]
        for heading, sentence, _ in properties:
            text = sentence.format(n=values[group, heading])
            blocks += [Heading(heading, 3), Paragraph(text)]
    book.draft(name, *blocks)
    for heading, _, question in properties:
        for group in groups:
            value = values[group, heading]
            absent = [each for each in values.values() if each != value]
            asked = question.format(group=group)
            book.ask("right section", [name], asked, value, absent=absent)
        book.ask("missing section", [name], question.format(group=missing))
