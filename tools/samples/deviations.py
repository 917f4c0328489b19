"""SOP-003: headings, numbered steps and the table of classes with their deadlines."""

from __future__ import annotations

from datetime import date

from tools.samples.house import Sop
from tools.samples.word import Manuscript

SOP = Sop(
    number="SOP-003",
    title="Incident and Deviation Reporting",
    version="5.2",
    effective=date(2026, 4, 1),
    owner="Quality Manager",
    approver="Head of Quality",
)

CLASSES = [
    ["Class", "Meaning", "Notice to Quality", "Written report", "Investigation closed"],
    [
        "Critical",
        "A patient may be harmed, or stock that has left the depot is affected.",
        "at once, by telephone",
        "within 4 hours of discovery",
        "10 working days",
    ],
    [
        "Major",
        "Product quality or the integrity of data may be affected; all affected stock is still "
        "at the depot.",
        "within 1 hour, by telephone",
        "within 24 hours of discovery",
        "20 working days",
    ],
    [
        "Minor",
        "A departure from a procedure without any effect on product or data.",
        "on the next working day, by email",
        "within 3 working days of discovery",
        "30 working days",
    ],
]
HISTORY = [
    ["Version", "Effective date", "Change"],
    ["5.0", "3 April 2024", "Classes reduced from five to three."],
    ["5.1", "2 April 2025", "Near misses are reported on the same form."],
    ["5.2", "1 April 2026", "Written report of a major deviation due after 24 hours, not 48."],
]


def make() -> bytes:
    paper = Manuscript(SOP)
    _write_definitions(paper)
    _write_reporting(paper)
    _write_follow_up(paper)
    return paper.save()


def _write_definitions(paper: Manuscript) -> None:
    paper.heading("1 Purpose")
    paper.text(
        "This procedure makes sure that everything that went wrong, or nearly did, is reported in "
        "time, judged by the same measure, and corrected for good. Nobody is blamed for a report."
    )
    paper.heading("2 Scope")
    paper.text(
        "It applies to all staff, visitors and contractors at the Merrowdale depot and to every "
        "departure from an approved procedure, specification or regulation. Injuries are also "
        "entered in the accident book at reception."
    )
    paper.heading("3 Definitions")
    paper.bullets(
        [
            "Incident: an unplanned event that harmed or could have harmed people, product or "
            "data.",
            "Deviation: a departure from an approved procedure or a specified limit.",
            "Near miss: an incident without any consequence. It is reported as a minor deviation.",
            "Discovery: the moment at which anyone at the depot first notices the event. All "
            "deadlines run from it.",
        ]
    )


def _write_reporting(paper: Manuscript) -> None:
    paper.heading("4 Reporting")
    paper.heading("4.1 What the discoverer does", 2)
    paper.steps(
        [
            "Make the situation safe and stop the activity.",
            "Label affected stock QUARANTINE and keep it apart at its labelled temperature.",
            "Give notice to the Quality on-call officer on extension 4410 as Table 1 requires.",
            "Open form F-301 in the deviation register and fill in part A: what, where, when, who "
            "noticed it, which lots.",
            "Attach photographs and sensor traces, but change nothing at the scene.",
        ]
    )
    paper.heading("4.2 Classes and deadlines", 2)
    paper.text(
        "Quality assigns the class when notice is given. A procedure may fix the class of a "
        "deviation in advance. If in doubt, the higher class applies. The deadline for the written "
        "report follows from the class: the report of a major deviation is submitted within 24 "
        "hours of discovery."
    )
    paper.table(
        CLASSES,
        (0.10, 0.34, 0.18, 0.20, 0.18),
        "Classes of deviation and their reporting deadlines",
    )
    paper.text(
        "A deadline that ends on a day on which the depot is closed is not extended. A late report "
        "is itself a minor deviation."
    )


def _write_follow_up(paper: Manuscript) -> None:
    paper.heading("5 Investigation")
    paper.steps(
        [
            "Quality names an investigator who had no part in the event.",
            "The investigator completes part B of form F-301: course of events, root cause, effect "
            "on product.",
            "For critical and major deviations the root cause is established with the five-whys "
            "method, and similar events of the last 24 months are reviewed.",
            "Quality decides on the affected stock and records the decision in part C.",
        ]
    )
    paper.heading("6 Corrective and preventive action")
    paper.text(
        "Each action has one owner and a due date of at most 60 days. Quality checks that the "
        "action worked 90 days after it was completed. An action that did not work reopens the "
        "deviation."
    )
    paper.heading("7 Notice to authorities and customers")
    paper.text(
        "The Head of Quality informs affected customers of a critical deviation on the same day. "
        "Whether an authority must be informed is decided by the Responsible Person."
    )
    paper.heading("8 Review of trends")
    paper.text(
        "Quality presents the number of deviations by class, area and root cause every quarter. "
        "Three deviations with the same root cause within six months are treated as one major "
        "deviation."
    )
    paper.heading("9 Records")
    paper.text("Form F-301 and its attachments are kept as SOP-005 requires.")
    paper.table(HISTORY, (0.11, 0.19, 0.70), "Revision history")
