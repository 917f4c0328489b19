"""SOP-001: two columns of text around a ruled table of temperature limits."""

from __future__ import annotations

from datetime import date

from tools.samples.house import Sop
from tools.samples.pdf import Press, typeset

SOP = Sop(
    number="SOP-001",
    title="Cold-Chain Receiving and Storage of Vaccines",
    version="4.0",
    effective=date(2026, 2, 2),
    owner="Warehouse Manager",
    approver="Head of Quality",
)

RECEIVING = """
<h2 class="first">1 Purpose</h2>
<p>This procedure sets out how vaccines are received, checked and stored at the Merrowdale depot,
so that every dose stays within its labelled temperature range from the vehicle door to
dispatch.</p>
<h2>2 Scope</h2>
<p>It applies to all refrigerated, frozen and ultra-cold vaccines and to their diluents, in the
permanent units listed in Table 1. Transport after dispatch and stock
held at vaccination sites are outside its scope.</p>
<h2>3 Responsibilities</h2>
<p><b>Receiving operators</b> check each consignment and record the result on form F-101.</p>
<p><b>The shift lead</b> reads the storage units twice a day and answers temperature alarms.</p>
<p><b>The Quality on-call officer</b> alone decides whether quarantined stock is released or
rejected.</p>
<h2>4 Receiving</h2>
<ol>
<li>Compare the consignment with the advance shipping notice before opening any shipper.</li>
<li>Bring the consignment to the cold dock; work there at no more than 15 °C.</li>
<li>Stop the transport data logger, download its trace and attach it to form F-101.</li>
<li class="break">Read the freeze indicator and the vaccine vial monitors of one carton per
shipper.</li>
<li>Accept the consignment only if the trace stayed within the permitted range of Table 1, every
freeze indicator is intact and no vial monitor has reached its discard point.</li>
<li>Place accepted stock in its storage unit within 30 minutes of unloading.</li>
<li>If any check fails, label the consignment QUARANTINE, keep it apart at its labelled
temperature (refrigerated stock: cold room CR-2) and follow section 6.</li>
</ol>
<h2>5 Storage</h2>
<p>Each unit holds two sensors, calibrated under SOP-002, that record a reading every 5 minutes.
The shift lead also reads the display at 08:00 and 18:00 and signs the log on the door.</p>
<ul>
<li>Issue stock first expired, first out.</li>
<li>Fill shelves to 80 % at most, so that air can circulate.</li>
<li>Keep freeze-sensitive vaccines at least 15 cm away from an evaporator outlet.</li>
<li>Keep no food, drink or laboratory samples in a vaccine unit.</li>
</ul>
"""

LIMITS_CAPTION = "Table 1 Temperature limits and excursion actions by storage unit"
LIMITS = [
    ["Storage unit", "Permitted range", "Alarm limits", "Alarm delay", "First action"],
    [
        "Vaccine refrigerator VR-1",
        "+2 °C to +8 °C",
        "below +2.5 °C or above +7.5 °C",
        "10 minutes",
        "Move the stock to standby refrigerator VR-2 and quarantine it there.",
    ],
    [
        "Walk-in cold room CR-1",
        "+2 °C to +8 °C",
        "below +2.5 °C or above +7.5 °C",
        "15 minutes",
        "Close the doors, start the standby compressor, quarantine the bay next to the door.",
    ],
    [
        "Freezer room FR-1",
        "−25 °C to −15 °C",
        "below −24 °C or above −17 °C",
        "40 minutes",
        "Keep the door shut; transfer the stock to FR-2 if −17 °C is not regained in one hour.",
    ],
    [
        "Ultra-low freezer UF-1",
        "−80 °C to −60 °C",
        "below −79 °C or above −65 °C",
        "20 minutes",
        "Transfer the stock to UF-2 or onto dry ice; never refreeze a thawed vial.",
    ],
    [
        "Diluent store DS-1",
        "+15 °C to +25 °C",
        "below +16 °C or above +24 °C",
        "60 minutes",
        "Ventilate the room; quarantine any diluent that has been below +2 °C.",
    ],
]
LIMIT_SHARES = (0.16, 0.17, 0.19, 0.12, 0.36)

EXCURSIONS = """
<h2 class="first">6 Temperature excursions</h2>
<p>An excursion is any reading outside the permitted range, or outside the alarm limits for longer
than the alarm delay in Table 1.</p>
<ol>
<li>Acknowledge the alarm and take the first action of Table 1.</li>
<li>Label all stock of the unit QUARANTINE, whether or not it was moved.</li>
<li>Print the sensor trace from one hour before the excursion to recovery.</li>
<li>Telephone the Quality on-call officer with the unit, the highest and lowest reading, and the
time out of range.</li>
<li>Keep the unit shut until its reading has stayed within the alarm limits for 30 minutes.</li>
<li>Report the excursion as a deviation under SOP-003.</li>
</ol>
<h3 class="break">6.1 Freeze-sensitive vaccines</h3>
<p>Freeze-sensitive vaccines that have been at 0 °C or below for any length of time are rejected.
A shake test does not overrule this.</p>
<h3>6.2 Release</h3>
<p>Quality releases stock after comparing the total time out of range with the manufacturer’s
stability data. Stock without such data stays in quarantine for at most 14 days and is then
rejected.</p>
<h2>7 Loss of power</h2>
<p>The standby generator takes over within 60 seconds. If it does not, units stay shut: a full
walk-in cold room holds its range for about 4 hours, an ultra-low freezer for about 9 hours. The
shift lead orders dry ice once the power has been off for 2 hours.</p>
<h2>8 Records</h2>
<p>Form F-101, logger traces, door logs and alarm printouts are kept as SOP-005 requires.</p>
"""


HISTORY_CAPTION = "Table 2 Revision history"
HISTORY = [
    ["Version", "Effective date", "Change"],
    ["2.0", "5 February 2024", "Freeze indicators are read on every shipper."],
    ["3.0", "3 February 2025", "Diluent store DS-1 added."],
    [
        "4.0",
        "2 February 2026",
        "Ultra-low freezer UF-1 and the rule on dry ice added; alarm delay of cold room CR-1 "
        "shortened.",
    ],
]
HISTORY_SHARES = (0.11, 0.19, 0.70)


def make() -> bytes:
    return typeset(SOP, _body)


def _body(press: Press) -> None:
    press.title()
    press.columns(RECEIVING)
    press.table(LIMITS, LIMIT_SHARES, LIMITS_CAPTION)
    press.new_page()
    press.columns(EXCURSIONS)
    press.table(HISTORY, HISTORY_SHARES, HISTORY_CAPTION)
