"""SOP-005: a table of retention periods and a diagram of the backup process."""

from __future__ import annotations

from datetime import date

from tools.samples.drawing import Canvas
from tools.samples.house import TINT, Sop
from tools.samples.pdf import Press, typeset

SOP = Sop(
    number="SOP-005",
    title="Data Retention and Backup",
    version="2.0",
    effective=date(2026, 6, 1),
    owner="IT Manager",
    approver="Head of Quality",
)

RETENTION_TEXT = """
<h2>1 Purpose</h2>
<p>This procedure says how long records are kept, how electronic records are backed up, and how
their recovery is proven. It serves patients, who may need a record years after a vaccination, and
inspectors, who must be able to trust it.</p>
<h2>2 Scope</h2>
<p>It covers paper and electronic records of SOP-001 to SOP-004 and the temperature monitoring
system. Private notes and marketing material are not records.</p>
<h2>3 Retention</h2>
<p>Table 1 gives the retention periods. A longer period set by law or by a customer’s contract takes
precedence. Records that belong to an open deviation, recall or legal dispute are kept until it is
closed, whatever their age.</p>
"""
PERIODS_CAPTION = "Table 1 Retention periods"
PERIODS = [
    ["Record", "Procedure", "Kept for", "Counted from"],
    ["Receiving form F-101 and logger traces", "SOP-001", "6 years", "date of receipt"],
    ["Sensor readings, alarm printouts and door logs", "SOP-001", "7 years", "date of reading"],
    [
        "Calibration certificates F-201 and equipment register",
        "SOP-002",
        "10 years",
        "last use of the instrument",
    ],
    ["Minor and major deviations, form F-301", "SOP-003", "8 years", "closure"],
    ["Critical deviations, form F-301", "SOP-003", "15 years", "closure"],
    ["Visitor book and permits F-401", "SOP-004", "2 years", "date of visit"],
    ["Camera recordings of the dock", "SOP-004", "30 days", "date of recording"],
]
PERIOD_SHARES = (0.44, 0.14, 0.14, 0.28)

BACKUP = """
<h2>4 Backup</h2>
<p>The monitoring server in building A collects sensor readings every 5 minutes. Three copies on two
kinds of media protect them, one of them away from the site. Figure 1 shows the way of the data.</p>
<ol>
<li>The database is replicated to the standby server in building B every 10 minutes.</li>
<li>A full backup runs every night at 01:30 and is written to the backup vault in building C.</li>
<li>Every Sunday the latest backup is encrypted, copied to tape and taken to the off-site archive
42 km away.</li>
<li>The vault keeps 35 nightly backups, the archive keeps 60 monthly ones.</li>
</ol>
"""
FIGURE_CAPTION = "Figure 1 Way of the monitoring data from sensor to off-site archive"

RECOVERY = """
<h2 class="first">5 Watching the backup</h2>
<p>A backup counts as successful when its checksum matches and its size is within 20 % of the
previous one. IT staff check the result every morning. Two failed nights in a row are a major
deviation under SOP-003.</p>
<h2>6 Recovery</h2>
<h3>6.1 Targets</h3>
<p>At most 10 minutes of readings may be lost, and the monitoring system must be back within 4
hours. Until then the shift lead reads all storage units by hand every 30 minutes.</p>
<h3>6.2 Restore test</h3>
<p>Once a quarter IT restores a backup chosen by Quality to an isolated server. The test is passed
when all tables are readable and the readings of one day, drawn at random, equal the printed trace.
A failed test is repeated within 5 working days.</p>
<h2>7 Destruction</h2>
<ol>
<li>In January IT lists the records whose period has ended.</li>
<li>Quality approves the list, or marks records that must stay.</li>
<li>Paper is shredded to particles of at most 30 mm²; media are overwritten or degaussed.</li>
<li>The signed list is itself kept permanently.</li>
</ol>
<h2>8 Access</h2>
<p>Only IT staff can reach the vault, only Quality can release records to third parties. Access
rights are reviewed every 6 months.</p>
"""
HISTORY_CAPTION = "Table 2 Revision history"
HISTORY = [
    ["Version", "Effective date", "Change"],
    ["1.0", "3 June 2024", "First version."],
    ["2.0", "1 June 2026", "Standby server in building B added; restore test is now quarterly."],
]
HISTORY_SHARES = (0.11, 0.19, 0.70)


def make() -> bytes:
    return typeset(SOP, _body)


def _body(press: Press) -> None:
    press.title()
    press.text(RETENTION_TEXT)
    press.table(PERIODS, PERIOD_SHARES, PERIODS_CAPTION)
    press.text(BACKUP)
    press.figure(backup_path(), 116, FIGURE_CAPTION)
    press.new_page()
    press.text(RECOVERY)
    press.table(HISTORY, HISTORY_SHARES, HISTORY_CAPTION)


def backup_path() -> bytes:
    """Return the diagram as a PNG of 1353 by 323 pixels."""
    sheet = Canvas(487, 116)
    sheet.box((1, 2, 83, 56), "Sensors", note="storage units")
    sheet.box((133, 2, 223, 56), "Monitoring\nserver", note="building A", fill=TINT)
    sheet.box((273, 2, 363, 56), "Backup vault", note="building C\n35 nightly", fill=TINT)
    sheet.box((406, 2, 486, 56), "Archive", note="off-site\n60 monthly", fill=TINT)
    sheet.box((133, 82, 223, 114), "Standby server", note="building B", fill=TINT)
    for left, right, label in ((84, 131, "5 min"), (224, 271, "01:30"), (364, 404, "Sunday")):
        sheet.arrow([(left, 29), (right, 29)])
        sheet.label(((left + right) / 2 - 2, 23), label, size=7.5)
    sheet.arrow([(178, 57), (178, 80)])
    sheet.label((200, 71), "10 min", size=7.5)
    return sheet.png()
