"""Splits text into sentences by rules, for most European languages, Hindi, Urdu and CJK."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from shared.text.chunk_sentences import Kind
from shared.text.lines import is_bold_line, is_item, item_mark_end, lines_of, separations

_END = re.compile(
    r"""(?:(?P<dot>\.)|[!?…؟۔।]|\.{3})   # a mark that may end a sentence
        ["'”’»)\]]*                        # closing quotes belong to it
        (?P<notes>(?:\[[^\s\[\]]{1,6}\]){1,9}|\[[a-z][a-z ]{3,30}\]   # marks of notes, too: .[10]
        |(?<=[a-zß-ÿ)][.?!])\d{1,2}(?:,\d{1,2}){0,4})?                 # or raised numbers: .2,3
        (?=\s)                             # and white space follows
      | [。！？][」』）”’"]*               # full-width marks need no space
    """,
    re.VERBOSE,
)
_TABLE_RULE = re.compile(r"\|(?:[ ]?:?-+:?[ ]?\|)+$")
_LAST_WORD = re.compile(r"(\S{1,24})$")
_NEXT_CHAR = re.compile(r"\s+[\"'“‘«(\[¿¡•–—-]*(\S)")
_ABBREVIATIONS = frozenset(
    """
    al approx art ca cf ch co corp dept dr ed eds eq eqs etc e.g ex fig figs i.e inc jr lit ltd
    max min mr mrs ms no nos nr op p para pp prof ref refs resp rev sec st tab u.s v viz vol vs
    bd bzw d.h evtl ggf inkl s sog std u.a usw vgl z.b zzgl av c.-à-d env m mme mm
    """.split()
)
# They are abbreviations before a number only: "on Dec. 20", but "We met in Dec. Then it rained."
_BEFORE_NUMBERS = frozenset("jan feb mar apr jun jul aug sep sept oct nov dec".split())
_INITIALS = re.compile(r"(?:[a-z]\.){1,5}[a-z]")


def sentence_ends(text: str) -> list[int]:
    """Return the offsets at which sentences of `text` end, ascending, without `len(text)`."""
    return [found.end() for found in _END.finditer(text) if _ends(text, found)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each sentence, without surrounding white space.

    An empty line also ends a sentence, and a line break before a list item, between the lines of
    a list of facts, or after a line that had room for the next word.

    >>> sentence_spans("See Fig. 2. It works.")
    [(0, 11), (12, 21)]
    """
    return [(start, end) for start, end, _ in split_paragraphs(text)]


def split_paragraphs(
    text: str, kind: Kind = "prose", printed_ends: Sequence[int] = ()
) -> list[tuple[int, int, Kind]]:
    """Return (start, end, kind) of each sentence of running text.

    List items and bold lines of Markdown have their own kind, other sentences `kind`.
    `printed_ends` are the offsets of line ends on a page, which `text` does not have as characters.
    """
    found: list[tuple[int, int, Kind]] = []
    for start, end in _parts(text, printed_ends):
        part = text[start:end]
        of_part = _kind(part, kind)
        after_mark = item_mark_end(part)
        ends = [
            cut
            for cut in sentence_ends(part)
            if cut > after_mark and not part.endswith("....", 0, cut)
        ]
        for pair in pairwise([0, *ends, len(part)]):
            begin, stop = _trimmed(part, *pair)
            if begin < stop:
                found.append((start + begin, start + stop, of_part))
    return found


def split_content(content: str) -> Iterator[tuple[int, int, Kind]]:
    """Yield (start, end, kind) of each sentence of a chunk of which only the text is known.

    Lines in bars are rows of a table. The first one names its columns if a rule of dashes follows.
    """
    start, rows = 0, False
    for at, line, is_row in [*_lines_by_kind(content), (len(content), "", False)]:
        if is_row != rows or not line:
            if not rows:
                yield from (
                    (start + begin, start + end, kind)
                    for begin, end, kind in split_paragraphs(content[start:at])
                )
            start, rows = at, is_row
        bare = line.strip()
        if is_row and not _TABLE_RULE.match(bare):
            begin = at + line.index(bare)
            after = content[at + len(line) :].split("\n", 1)[0].strip()
            header = at == start and _TABLE_RULE.match(after) and any(map(str.isalpha, bare))
            yield begin, begin + len(bare), "heading" if header else "table_row"


def _lines_by_kind(content: str) -> Iterator[tuple[int, str, bool]]:
    at = 0
    for line in content.splitlines(keepends=True):
        bare = line.strip()
        yield at, line, len(bare) > 1 and bare[0] == bare[-1] == "|"
        at += len(line)


def _parts(text: str, printed_ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the runs of lines that belong together."""
    lines = lines_of(text, printed_ends)
    if not lines:
        return
    start = lines[0].start
    for (above, line), apart in zip(pairwise(lines), separations(text, lines), strict=True):
        if apart:
            yield start, above.end
            start = line.start
    yield start, lines[-1].end


def _kind(part: str, kind: Kind) -> Kind:
    if is_item(part):
        return "list_item"
    return "heading" if is_bold_line(part) else kind


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _ends(text: str, found: re.Match[str]) -> bool:
    if found.end() >= len(text):
        return False
    if found["dot"] is None:
        return True
    follower = _NEXT_CHAR.match(text, found.end())
    if follower is None or follower[1].islower():
        return False
    word = _LAST_WORD.search(text, max(0, found.start() - 24), found.start())
    return word is None or not _abbreviates(word[1], before=follower[1])


def _abbreviates(word: str, before: str) -> bool:
    """Return whether a dot after `word` is part of it: "Fig", "e.g", the initial "J", not "12".

    `before` is the first letter after the dot: "18 U.S.C. § 7" and "Dec. 20" go on.
    """
    bare = word.lstrip("([\"'“‘«").lower()
    if len(bare) == 1:
        return bare.isalpha()
    if before == "§" or before.isdigit():
        return bare in _ABBREVIATIONS | _BEFORE_NUMBERS or _INITIALS.fullmatch(bare) is not None
    return bare in _ABBREVIATIONS
