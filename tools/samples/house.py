"""The house style all samples share: one invented company, one palette, one frozen clock.

Nothing here or in the documents depends on the day they are made, so two runs give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

COMPANY = "Merrowdale Health Logistics"
MADE_AT = datetime(2026, 1, 12, 9, 0, 0)

INK = "#1f2a33"
ACCENT = "#17506b"
TINT = "#e3edf2"
RULE = "#8fa5b2"

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Sop:
    """What a document's header, footer and control block say about it."""

    number: str
    title: str
    version: str
    effective: date
    owner: str
    approver: str

    @property
    def control_block(self) -> list[list[str]]:
        """Two rows, names over values, as printed under the title."""
        return [
            ["Document", "Version", "Effective date", "Next review", "Owner", "Approved by"],
            [
                self.number,
                self.version,
                long_date(self.effective),
                long_date(self.effective.replace(year=self.effective.year + 2)),
                self.owner,
                self.approver,
            ],
        ]


def long_date(day: date) -> str:
    """`2 February 2026`: spelled out, without the locale that strftime would bring in."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def rgb(hex_colour: str) -> Rgb:
    """`#rrggbb` as three numbers from 0 to 1."""
    red, green, blue = (int(hex_colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue
