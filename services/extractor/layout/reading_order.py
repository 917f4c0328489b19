"""Finds the reading order of a page: splits it recursively into columns and bands (XY cut).

After Nagy & Seth, "Hierarchical representation of optically scanned documents" (1984), with two
differences. A few lines may cross a gutter: they are read between the lines above and below them.
A gutter separates columns only if the text beside it is prose or was drawn column by column;
otherwise it belongs to a table, whose rows must stay whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from services.extractor.layout.columns import are_side_by_side
from services.extractor.layout.lines import Line, bounds, typical_size
from services.extractor.layout.script import reads_leftward

_MAX_DEPTH = 8  # levels of splitting; bounds the work for a hostile page
_MAX_LINES = 3_000  # bounds the quadratic comparisons; such a page is a drawing or a listing
_MIN_GUTTER_WIDTH = 0.6  # font sizes; more than twice the space between words
_FAR_ABOVE = 1e9  # points; no line stands there
_LEVEL = 0.3  # line heights between the tops of two pieces of one printed line
_FRAME_MARGIN = (
    1.0  # points beyond the outermost lines, so that gaps at the edge are not inner ones
)
_MAX_CROSSING_SHARE = 0.25  # of the lines; headlines and figures across columns, not running text
_MIN_SPLIT_SHARE = 0.5  # of the lines that must lie in columns for a split to be worth it
_MAX_GUTTERS = 3  # candidates to try; the likeliest come first
_MIN_PROSE_LETTERS = 16  # characters; a shorter line is a name, a number or a table entry
_MOSTLY_PROSE = 0.8  # of the characters; level lines are columns only if few are table entries

Gap = tuple[float, float]


def reading_order(lines: Sequence[Line]) -> list[list[Line]]:
    """Return groups of lines in reading order; each group is read from top to bottom."""
    if len(lines) > _MAX_LINES:
        return [list(lines)]
    if is_plain(lines):
        return [sorted(lines, key=lambda line: line.y0)]
    return _split(list(lines), _MAX_DEPTH)


def is_plain(lines: Sequence[Line]) -> bool:
    """Return whether no two lines stand side by side, as on a page of one column of text.

    The pieces of one printed line, which no gutter parts, count as one.
    """
    width = _MIN_GUTTER_WIDTH * typical_size(lines)
    top = bottom = right = -_FAR_ABOVE
    for line in sorted(lines, key=lambda line: (line.y0, line.x0)):
        # Boxes of neighbouring lines may overlap by 30 % of their height (tight leading).
        if line.y0 >= bottom - 0.3 * (bottom - top):
            top, bottom, right = line.y0, line.y1, line.x1
        elif abs(line.y0 - top) > _LEVEL * (bottom - top) or not 0 <= line.x0 - right < width:
            return False
        else:
            bottom, right = max(bottom, line.y1), line.x1
    return True


def _split(lines: list[Line], depth: int) -> list[list[Line]]:
    if len(lines) < 4 or depth == 0:
        return [lines] if lines else []
    size = typical_size(lines)
    for gutter in _gutters(lines, _MIN_GUTTER_WIDTH * size):
        zones = _zones(lines, gutter)
        parted = [zone for zone in zones if len(zone) == 2 and _are_columns(zone[0], zone[1], size)]
        if sum(len(side) for zone in parted for side in zone) >= _MIN_SPLIT_SHARE * len(lines):
            return _join_single_flows([_read_zone(zone, size, depth) for zone in zones])
    runs = _runs(lines, size)
    if len(runs) == 1:
        return [lines]
    return _join_single_flows([_split(run, depth - 1) for run in runs])


def _read_zone(zone: list[list[Line]], size: float, depth: int) -> list[list[Line]]:
    """Return the groups of one zone: one side after the other if they are columns."""
    if len(zone) == 1 or not _are_columns(zone[0], zone[1], size):
        return _split([line for side in zone for line in side], depth - 1)
    leftward = reads_leftward(line.text for side in zone for line in side)
    return [flow for side in (zone[::-1] if leftward else zone) for flow in _split(side, depth - 1)]


def _join_single_flows(parts: list[list[list[Line]]]) -> list[list[Line]]:
    """Merge neighbouring parts of one group each into a single group."""
    result: list[list[Line]] = []
    plain = False
    for flows_within in parts:
        if len(flows_within) == 1 and plain:
            result[-1] = result[-1] + flows_within[0]
        else:
            result.extend(flows_within)
        plain = len(flows_within) == 1
    return result


def _gutters(lines: list[Line], width: float) -> list[Gap]:
    """Return up to three likely gutters: those that the fewest lines cross, best balanced."""
    lefts = sorted(line.x0 for line in lines)
    rights = sorted(line.x1 for line in lines)
    ranked: list[tuple[int, int, float]] = []
    for start in sorted({round(right + 0.05, 1) for right in rights}):
        before = bisect_right(rights, start)
        behind = len(lines) - bisect_left(lefts, start + width)
        crossing = len(lines) - before - behind
        if min(before, behind) >= 2 and crossing <= _MAX_CROSSING_SHARE * len(lines):
            ranked.append((crossing, -min(before, behind), start))
    chosen: list[Gap] = []
    for _, _, start in sorted(ranked):
        if all(abs(start - other) > 4 * width for other, _ in chosen):
            chosen.append((start, start + width))
        if len(chosen) == _MAX_GUTTERS:
            break
    return chosen


def _zones(lines: list[Line], gutter: Gap) -> list[list[list[Line]]]:
    """Split lines top down into zones: lines level with a crossing one, or left and right sides."""
    middle = (gutter[0] + gutter[1]) / 2
    bars = _joined_bars((line.y0, line.y1) for line in lines if line.x0 < middle < line.x1)
    tops = [top for top, _ in bars]
    zones: list[list[list[Line]]] = []
    downwards = sorted(lines, key=lambda line: line.middle)
    for barred, group in groupby(downwards, key=lambda line: _is_barred(line, tops, bars)):
        members = list(group)
        left = [line for line in members if line.x1 <= middle]
        right = [line for line in members if line.x1 > middle]
        zones.append([members] if barred else [side for side in (left, right) if side])
    return zones


def _joined_bars(bars: Iterable[Gap]) -> list[Gap]:
    """Return the stretches that bars cover, top down, none of which overlap."""
    joined: list[Gap] = []
    for top, bottom in sorted(bars):
        if joined and top <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(bottom, joined[-1][1]))
        else:
            joined.append((top, bottom))
    return joined


def _is_barred(line: Line, tops: Sequence[float], bars: Sequence[Gap]) -> bool:
    at = bisect_right(tops, line.middle)
    return at > 0 and line.middle <= bars[at - 1][1]


def _are_columns(left: list[Line], right: list[Line], size: float) -> bool:
    """Return whether two sides are columns of text rather than cells of the same rows.

    Cells share baselines, are drawn row by row, and rarely hold more than a few words.
    """
    less, more = sorted((_prose_share(left), _prose_share(right)))
    fewer = min(len(left), len(right))
    switches = _switches(left, right)
    # Drawn row by row: the order changes sides at more than every second line.
    if switches > 0.5 * fewer and _are_level(left, right, size):
        return (less >= _MOSTLY_PROSE and fewer > 2) or are_side_by_side(left, right, size)
    if less >= 0.5:
        return True
    if switches > max(1, (len(left) + len(right)) // 10) or fewer < 2:
        return False
    return more >= 0.5 or not _are_level(left, right, size)


def _prose_share(lines: list[Line]) -> float:
    """Return the share of characters, 0 to 1, in lines of several words."""
    total = sum(len(line.text) for line in lines)
    prose = sum(len(line.text) for line in lines if _is_prose(line.text))
    return prose / total if total else 0.0


def _is_prose(text: str) -> bool:
    if len(text) < _MIN_PROSE_LETTERS or (text.isascii() and text.count(" ") < 3):
        return False
    return not text.isupper() or not text.isascii()


def _switches(left: list[Line], right: list[Line]) -> int:
    """Count how often the file's drawing order changes sides."""
    sides = sorted([(line.order, 0) for line in left] + [(line.order, 1) for line in right])
    return sum(one[1] != two[1] for one, two in pairwise(sides))


def _are_level(left: list[Line], right: list[Line], size: float) -> bool:
    """Return whether 60 % of the shorter side's lines share a baseline with the other side."""
    few, many = sorted((left, right), key=len)
    heights = sorted([line.middle for line in many])
    # Baselines of one row differ by less than 0.3 font sizes, of two rows by 1 or more.
    near = 0.3 * size
    level = 0
    for line in few:
        middle = line.middle
        at = bisect_right(heights, middle - near)
        level += at < len(heights) and heights[at] < middle + near
    return level >= 0.6 * len(few)


def _runs(lines: list[Line], size: float) -> list[list[Line]]:
    """Merge neighbouring bands while they share a gutter or none of them has one."""
    x0, _, x1, _ = bounds(lines)
    frame = (x0 - _FRAME_MARGIN, x1 + _FRAME_MARGIN)
    runs: list[list[Line]] = []
    shared: list[Gap] = []
    for band in _bands(lines):
        free = _free_gaps(band, frame, _MIN_GUTTER_WIDTH * size)
        both = _common_gaps(shared, free, _MIN_GUTTER_WIDTH * size)
        apart = runs and (_has_inner_gap(shared, runs[-1]) or _has_inner_gap(free, band))
        if runs and (not apart or _has_inner_gap(both, runs[-1] + band)):
            runs[-1] += band
            shared = both
        else:
            runs.append(band)
            shared = free
    return runs


def _has_inner_gap(gaps: list[Gap], lines: list[Line]) -> bool:
    """Return whether a gap has lines on both sides."""
    if not gaps:
        return False
    x0, _, x1, _ = bounds(lines)
    return any(start >= x0 and end <= x1 for start, end in gaps)


def _bands(lines: list[Line]) -> list[list[Line]]:
    """Group lines top down into bands separated by horizontal white space."""
    bands: list[list[Line]] = []
    reach = float("-inf")
    for line in sorted(lines, key=lambda line: line.y0):
        # Boxes of neighbouring lines may overlap by a fifth of their height (tight leading).
        if line.y0 >= reach - 0.2 * (line.y1 - line.y0):
            bands.append([])
        bands[-1].append(line)
        reach = max(reach, line.y1)
    return bands


def _free_gaps(band: list[Line], frame: Gap, width: float) -> list[Gap]:
    """Return the gaps of at least `width` points that a band leaves white within the frame."""
    gaps: list[Gap] = []
    reach = frame[0]
    for line in sorted(band, key=lambda line: line.x0):
        if line.x0 - reach >= width:
            gaps.append((reach, line.x0))
        reach = max(reach, line.x1)
    if frame[1] - reach >= width:
        gaps.append((reach, frame[1]))
    return gaps


def _common_gaps(some: list[Gap], others: list[Gap], width: float) -> list[Gap]:
    both = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return [(start, end) for start, end in both if end - start >= width]
