"""The house style of all samples: an invented company, a palette and a fixed date.

Documents do not depend on the day they are made, so two runs give the same bytes.
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
    """Facts that a document's header, footer and control block show."""

    number: str
    title: str
    version: str
    effective: date
    owner: str
    approver: str

    @property
    def control_block(self) -> list[list[str]]:
        """Return two rows, names over values, as printed under the title."""
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
    """Return a date as `2 February 2026`, independent of the locale."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def rgb(hex_colour: str) -> Rgb:
    """Return the colour `#rrggbb` as three numbers from 0 to 1."""
    red, green, blue = (int(hex_colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue
