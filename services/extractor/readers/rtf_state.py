"""Says which groups of an RTF file hold what, and what holds for the text of a group."""

from __future__ import annotations

from typing import NamedTuple

# Groups by the control that begins them. Others that are marked as optional are skipped.
DESTINATIONS = {
    "fonttbl": "fonts",
    "stylesheet": "styles",
    "footnote": "note",
    "annotation": "comment",
    "listtext": "label",
    "pntext": "label",
    "fldrslt": "body",
    "shptxt": "body",
    "result": "body",
    **dict.fromkeys(
        """colortbl info pict object objdata fldinst header headerl headerr headerf footer footerl
        footerr footerf shprslt listtable listoverridetable rsidtbl generator themedata datastore
        colorschememapping latentstyles xmlnstbl atnid atnauthor atntime atndate bkmkstart bkmkend
        nonshppict nonesttables filetbl revtbl pgdsctbl mmathPr sp tc xe""".split(),
        "skip",
    ),
}
# Groups that are shown although they are within one that is skipped: drawings and their text.
SHOWN_WITHIN = ("result", "shptxt")


class RtfState(NamedTuple):
    """What holds for the text of a group."""

    destination: str = "body"
    hidden: bool = False
    struck: bool = False
    unicode_skip: int = 1
    """Characters after a Unicode character that old programs show in its place."""
    font: int = -1

    @property
    def is_skipped(self) -> bool:
        """Return whether the text of the group is not read."""
        return self.destination == "skip"
