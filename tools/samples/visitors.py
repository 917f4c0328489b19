"""SOP-004: a table of zones and a floor plan as a picture with caption and alternative text."""

from __future__ import annotations

from datetime import date

from tools.samples.floor_plan import floor_plan
from tools.samples.house import Sop
from tools.samples.word import Manuscript

SOP = Sop(
    number="SOP-004",
    title="Safety of Visitors and Contractors",
    version="2.3",
    effective=date(2026, 5, 4),
    owner="Site Manager",
    approver="Safety Officer",
)

ZONES = [
    ["Zone", "Rooms", "Who may enter", "Protective equipment"],
    [
        "Green",
        "Reception, meeting room, offices",
        "Visitors with their host",
        "None",
    ],
    [
        "Amber",
        "Goods-in and cold dock, main corridor, dispatch, metrology and archive",
        "Visitors with their host; contractors after induction",
        "High-visibility vest and safety shoes",
    ],
    [
        "Red, cold",
        "Cold rooms CR-1 and CR-2, freezers FR-1 and UF-1",
        "Contractors after induction, never alone",
        "As amber, with insulated jacket and gloves",
    ],
    [
        "Red, plant",
        "Plant room",
        "Contractors with a permit to work",
        "As amber, with helmet and hearing protection",
    ],
]
HISTORY = [
    ["Version", "Effective date", "Change"],
    ["2.1", "6 May 2024", "Amber zone extended to metrology and archive."],
    ["2.2", "5 May 2025", "Induction is valid for 12 months instead of 24."],
    ["2.3", "4 May 2026", "Exit 4 added to the floor plan."],
]


def make() -> bytes:
    paper = Manuscript(SOP)
    _write_visit(paper)
    _write_work(paper)
    _write_evacuation(paper)
    return paper.save()


def _write_visit(paper: Manuscript) -> None:
    paper.heading("1 Purpose and scope")
    paper.text(
        "This procedure protects visitors and contractors from the hazards of the Merrowdale "
        "depot, and the vaccines from visitors and contractors. It applies to "
        "everybody who is not on the staff list, delivery drivers included."
    )
    paper.heading("2 Before the visit")
    paper.bullets(
        [
            "The host announces visitors to reception at least 2 working days ahead.",
            "Contractors send their risk assessment to the safety officer at least 5 working days "
            "ahead.",
            "Persons under 16 years are admitted to the green zone only.",
        ]
    )
    paper.heading("3 On arrival")
    paper.steps(
        [
            "Sign in at reception and show an identity document with a photograph.",
            "Wear the badge where it can be seen: yellow for visitors, blue for contractors.",
            "Read the safety card. Contractors also watch the induction film, which is valid for "
            "12 months.",
            "Wait for the host. One host looks after at most 6 visitors.",
            "Sign out and return the badge on leaving.",
        ]
    )
    paper.heading("4 Zones and protective equipment")
    paper.text(
        "The depot is divided into zones, which are marked on the doors and in Figure 1. Table 1 "
        "says who may enter and what must be worn. Nobody stays in a freezer for longer than "
        "12 minutes at a time."
    )
    paper.table(ZONES, (0.12, 0.30, 0.29, 0.29), "Zones, access and protective equipment")


def _write_work(paper: Manuscript) -> None:
    paper.heading("5 Work by contractors")
    paper.heading("5.1 Permit to work", 2)
    paper.text(
        "A permit to work, form F-401, is needed for hot work, work at heights above 2 metres, "
        "work on electrical installations and any work in the plant room. The safety "
        "officer issues it for one shift. After hot work the contractor keeps a fire watch for "
        "45 minutes."
    )
    paper.heading("5.2 Work on refrigeration", 2)
    paper.text(
        "Work that switches off a storage unit is agreed with Quality 3 working days ahead. The "
        "stock is moved first; SOP-001 gives the limits that continue to apply to it."
    )
    paper.heading("5.3 Accidents and damage", 2)
    paper.text(
        "Every injury, near miss or damage is reported to the host at once. The host reports it "
        "under SOP-003 on behalf of the visitor or contractor."
    )


def _write_evacuation(paper: Manuscript) -> None:
    paper.heading("6 Evacuation")
    paper.text("The alarm is a continuous siren. It is tested on the first Tuesday of each month.")
    paper.steps(
        [
            "Stop work and leave by the nearest exit shown in Figure 1. Do not use the "
            "loading doors.",
            "Go to the assembly point in the north car park.",
            "Stand by your host, who reports missing persons to the fire warden.",
            "Return only when the fire warden says so.",
        ]
    )
    paper.figure(
        floor_plan(),
        "Floor plan of the depot with zones, exits and the assembly point",
        "Floor plan: green zone to the west, amber zone in the middle and east, red cold rooms to "
        "the south, plant room to the north-east; four exits lead to the north car park.",
    )
    paper.heading("7 Records")
    paper.text(
        "The visitor book, permits F-401 and the camera recordings of the dock are kept as SOP-005 "
        "requires."
    )
    paper.table(HISTORY, (0.11, 0.19, 0.70), "Revision history")
