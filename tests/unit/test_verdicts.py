"""Claims of answers are judged by the numbers, dates, names and words of what they cite."""

from __future__ import annotations

import pytest
from rich.console import Console

from eval import verdicts
from services.query.answers.citations import Quote, cited
from services.query.answers.verdicts.claims import claims_of
from services.query.answers.verdicts.quantities import quantities
from services.query.answers.verdicts.verdict import Evidence, faults, verdict
from shared.text.chunk_sentences import Sentence
from tests.support.passages import passage

SOURCES = [
    "The alarm delay of freezer UF-1 is 20 minutes.",
    "Reports are sent to Anna Keller in Basel by 3 May 2024.",
    "Visitors may not smoke, but staff may smoke outside.",
    "Revenue rose by 12.5 % to $1.2 million in 2023.",
    "The office opens at 14:30.",
]


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("The alarm delay of freezer UF-1 is 20 minutes.", "exact"),
        ("**The alarm delay** of freezer UF-1 is 20 minutes", "exact"),
        (" ".join(SOURCES[:2]), "exact"),
        ("The alarm delay of freezer UF-1 is not 20 minutes.", ["negation"]),
        ("Freezer UF-1 has an alarm delay of twenty minutes.", "supported"),
        ("Freezer UF-2 has an alarm delay of 20 minutes.", ["numbers", "names"]),
        ("Freezer UF-1 has an alarm delay of 20 hours.", ["numbers"]),
        ("Reports go to Anna Keller by May 3, 2024.", "supported"),
        ("Reports go to Anna Keller by 2024-05-03.", "supported"),
        ("Reports go to Anna Keller in 2024.", "supported"),
        ("Reports go to Anna Keller by 4 May 2024.", ["dates"]),
        ("Reports go to Anna Keller by 3 May 2025.", ["dates"]),
        ("Reports go to Anna Meyer by 3 May 2024.", ["names"]),
        ("Thomas Meyer gets reports by 3 May 2024.", ["names"]),
        ("Visitors may smoke.", ["negation"]),
        ("Staff may smoke outside.", "supported"),
        ("Revenue rose 12.5 percent to 1,200,000 dollars in 2023.", "supported"),
        ("Revenue fell 12.5 percent to $1.2 million in 2023.", ["negation", "coverage"]),
        ("Revenue rose 12.5 percent to $1.2 billion in 2023.", ["numbers"]),
        ("Revenue rose 12.5 percent to €1.2 million in 2023.", ["numbers"]),
        ("The office opens at 2:30 pm.", "supported"),
        ("The office opens at 3:30 pm.", ["dates"]),
        ("Bananas are cheap in winter.", ["coverage"]),
    ],
)
def test_a_claim_is_judged_by_its_sentences(claim: str, found: str | list[str]) -> None:
    evidence = Evidence(SOURCES)
    if isinstance(found, str):
        assert verdict(claim, evidence) == found
    else:
        assert verdict(claim, evidence) == "unsupported"
        assert set(found) & set(faults(claim, evidence))


def test_a_name_may_be_in_what_a_sentence_stands_under() -> None:
    claim = "Acme's revenue rose by 12.5 %."
    assert verdict(claim, Evidence(SOURCES)) == "unsupported"
    assert verdict(claim, Evidence(SOURCES, "Acme annual report")) == "supported"


def test_a_claim_without_a_citation_is_unsupported() -> None:
    assert verdict("Reports are sent.", Evidence([])) == "unsupported"


@pytest.mark.parametrize(
    ("one", "other", "agrees"),
    [
        ("1.200 Euro", "1,200 euros", True),
        ("1.5 kg", "1,5 kg", True),
        ("1 200 m", "1200 metres", True),
        ("5 m", "5 million", False),
        ("3 Mio. Euro", "3,000,000 €", True),
        ("10 %", "10 percent", True),
        ("10 %", "10 kg", False),
        ("twelve hours", "12 h", True),
        ("20–30 minutes", "30 minutes", True),
    ],
)
def test_amounts_in_other_spellings_agree(one: str, other: str, agrees: bool) -> None:
    found = [
        any(each.agrees(there) for there in quantities(other).amounts)
        for each in quantities(one).amounts
    ]
    assert any(found) is agrees


@pytest.mark.parametrize("name", verdicts.SETS)
def test_the_check_of_claims_finds_what_was_changed(name: str) -> None:
    figures = verdicts.measure(Console(quiet=True), [name])[name]
    shares = {kind: found / made for kind, (found, made) in figures["found"].items()}
    assert min(shares[kind] for kind in ("number", "date", "unit", "name")) >= 0.95
    assert shares["negation"] >= 0.9
    assert shares["other sentence"] >= 0.99
    supported, true = figures["supported"]
    assert supported / true >= 0.95


RESPONSE = """Yes. It is kept [1]. It is red. [2]

## Details

The rules:
- It is kept [1]
- It is blue [2]

| Unit | Colour |
|---|---|
| UF-1 | red [2] |"""


def test_an_answer_is_split_into_claims_with_their_citations() -> None:
    content = "It is kept. It is red."
    shown = passage(content, sentences=(Sentence(0, 11), Sentence(12, 22)))
    citations = cited([Quote(shown, 0, 11, 1.0), Quote(shown, 12, 22, 1.0)])
    made = claims_of(RESPONSE, citations, ["", "UF-1"])
    assert [(each.text, each.citations, each.verdict) for each in made] == [
        ("Yes. It is kept [1].", [1], "supported"),
        ("It is red.", [2], "exact"),
        ("- It is kept", [1], "exact"),
        ("- It is blue", [2], "unsupported"),
        ("| UF-1 | red [2] |", [2], "supported"),
    ]
    assert all(RESPONSE[each.start : each.end] == each.text for each in made)
