"""SOP-002: a contents list and outline, headings on two levels, a table of intervals."""

from __future__ import annotations

from datetime import date

from tools.samples.house import Sop
from tools.samples.pdf import Press, typeset

SOP = Sop(
    number="SOP-002",
    title="Calibration of Measuring Equipment",
    version="3.1",
    effective=date(2026, 3, 16),
    owner="Metrology Engineer",
    approver="Head of Quality",
)

SCOPE = """
<h2>1 Purpose</h2>
<p>Decisions about vaccines rest on measurements. This procedure makes sure that every instrument
behind such a decision is calibrated in time, against a traceable reference, and that a wrong
instrument is noticed and acted upon.</p>
<h2>2 Scope</h2>
<p>It covers all instruments listed in Table 1. Instruments marked “indication only” are not
covered and must not be used to accept, store or release stock.</p>
<h2>3 Definitions</h2>
<ul>
<li><b>As-found error:</b> the instrument’s reading minus the reference value, before any
adjustment.</li>
<li><b>As-left error:</b> the same difference after adjustment or replacement.</li>
<li><b>Tolerance:</b> the largest as-found error, in either direction, that Table 1 allows.</li>
<li><b>Reference:</b> an instrument with a valid certificate from an accredited laboratory and an
uncertainty of at most one quarter of the tolerance.</li>
</ul>
<h2>4 Responsibilities</h2>
<h3>4.1 Metrology engineer</h3>
<p>Plans the calibrations, carries them out or orders them, and signs the certificate. Keeps the
equipment register and reports overdue instruments to the Head of Quality every Monday.</p>
<h3>4.2 Equipment users</h3>
<p>Check the calibration label before use. An instrument without a valid label is handed to the
metrology engineer and not used.</p>
"""

INTERVALS_TEXT = """
<h2 class="first">5 Calibration intervals</h2>
<p>Table 1 gives the interval and the tolerance of each kind of instrument. The interval runs from
the date of the last calibration. It may be exceeded by 7 days for an instrument that is sealed
inside a loaded unit; otherwise an overdue instrument is taken out of use.</p>
"""
INTERVALS_CAPTION = "Table 1 Calibration intervals and tolerances"
INTERVALS = [
    ["Instrument", "Register numbers", "Interval", "Tolerance", "Calibration points"],
    [
        "Refrigerator and cold-room sensor",
        "TS-100 to TS-149",
        "6 months",
        "±0.5 °C",
        "0 °C, +5 °C and +10 °C",
    ],
    ["Freezer sensor", "TS-150 to TS-169", "6 months", "±1.0 °C", "−30 °C, −20 °C and −10 °C"],
    [
        "Ultra-low freezer sensor",
        "TS-170 to TS-179",
        "3 months",
        "±2.0 °C",
        "−80 °C, −70 °C and −60 °C",
    ],
    ["Transport data logger", "DL-001 to DL-120", "12 months", "±0.5 °C", "−20 °C, +5 °C, +25 °C"],
    ["Hand-held infrared thermometer", "IR-01 to IR-08", "4 months", "±1.5 °C", "+5 °C and +25 °C"],
    ["Hygrometer", "HG-01 to HG-06", "12 months", "±3 % RH", "35 %, 50 % and 75 % RH"],
    ["Floor scale", "FS-01 to FS-04", "24 months", "±0.2 kg", "20 kg, 100 kg and 300 kg"],
]
INTERVAL_SHARES = (0.27, 0.19, 0.13, 0.13, 0.28)

PROCEDURE = """
<h2>6 Calibration procedure</h2>
<h3>6.1 Before calibration</h3>
<ol>
<li>Tell the shift lead which unit is affected and agree on a time.</li>
<li>Compare the register number, the certificate of the reference and its expiry date.</li>
<li>Let the reference and the instrument settle together for at least 30 minutes.</li>
</ol>
<h3>6.2 Comparison</h3>
<ol>
<li>Take three readings at each calibration point, one minute apart.</li>
<li>Record the mean as-found error at each point on certificate form F-201.</li>
<li>Compare the largest as-found error with the tolerance in Table 1.</li>
<li>Within tolerance: adjust only if the error exceeds half the tolerance, then repeat the
comparison and record the as-left error.</li>
<li>Out of tolerance: do not adjust. Continue with section 7.</li>
</ol>
<h3>6.3 After calibration</h3>
<ol>
<li>Attach a green label with the register number, the date and the next due date.</li>
<li>Enter the certificate number in the equipment register on the same day.</li>
</ol>
"""

OUT_OF_TOLERANCE = """
<h2 class="first">7 Out-of-tolerance results</h2>
<p>An instrument is out of tolerance when its as-found error exceeds the tolerance in Table 1 at
any calibration point.</p>
<ol>
<li>Attach a red label, take the instrument out of use and fit a calibrated spare.</li>
<li>Quarantine the stock that depends on the instrument.</li>
<li>Raise a deviation report under SOP-003. A refrigerator or cold-room sensor found out of
tolerance is always classed as a major deviation; any other instrument is classed by the
Quality on-call officer.</li>
<li>List every reading since the last good calibration, corrected by the as-found error. Quality
decides from this list whether stock stayed within its permitted range.</li>
</ol>
<p>SOP-003 gives the time limit for the report of each class. The instrument returns to use only
after repair and a new calibration with all errors below half the tolerance.</p>
<h2>8 References used for calibration</h2>
<p>Reference probe RP-01 (−90 °C to +50 °C) and reference hygrometer RH-01 are calibrated every 12
months by an accredited laboratory. Test weights are recertified every 5 years. References are kept
in the metrology cabinet, and are used for nothing but calibration.</p>
<h2>9 Labels and records</h2>
<p>A green label means calibrated, a red label means out of use, a yellow label means indication
only. Certificates and the equipment register are kept as SOP-005 requires.</p>
<h2>10 Related documents</h2>
<ul>
<li>SOP-001 Cold-Chain Receiving and Storage of Vaccines</li>
<li>SOP-003 Incident and Deviation Reporting</li>
<li>SOP-005 Data Retention and Backup</li>
<li>Form F-201 Calibration certificate</li>
</ul>
"""
HISTORY_CAPTION = "Table 2 Revision history"
HISTORY = [
    ["Version", "Effective date", "Change"],
    ["2.0", "18 March 2024", "Floor scales added."],
    ["3.0", "17 March 2025", "Interval of ultra-low freezer sensors reduced from 6 to 3 months."],
    ["3.1", "16 March 2026", "Settling time before comparison raised to 30 minutes."],
]
HISTORY_SHARES = (0.11, 0.19, 0.70)


def make() -> bytes:
    return typeset(SOP, _body)


def _body(press: Press) -> None:
    press.title()
    press.text('<p class="contents">Contents</p>')
    press.contents()
    press.text(SCOPE)
    press.new_page()
    press.text(INTERVALS_TEXT)
    press.table(INTERVALS, INTERVAL_SHARES, INTERVALS_CAPTION)
    press.text(PROCEDURE)
    press.new_page()
    press.text(OUT_OF_TOLERANCE)
    press.table(HISTORY, HISTORY_SHARES, HISTORY_CAPTION)
