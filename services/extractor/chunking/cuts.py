"""Cuts a tokenized text greedily at the strongest boundary that leaves each chunk well filled.

One tokenizer pass over the whole text maps boundaries to token indexes. A chunk has at most
`max_tokens`; the last one has at least 40, or a quarter of `max_tokens` if that is less.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.extractor.document import Span, Tokenizer

# Shares of `max_tokens` that a chunk must reach to end at a boundary. The end of a page is worth a
# short chunk, and the end of a paragraph or sentence is not; the last resort is any boundary that
# still avoids a chunk of a few words.
_PART_FILL = 0.6
_PARAGRAPH_FILL = 0.7
_SENTENCE_FILL = 0.6
_ANY_FILL = 0.2
_MIN_LAST_TOKENS = 40  # about two sentences; a shorter rest is hard to find on its own
_WORD_GAP_SEARCH = 100  # tokens to look back for a gap; a longer run has no words (base64, hex)


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Lists the offsets at which a text may be cut: before a part, a paragraph, a sentence.

    A part begins on another page or below a table.
    """

    parts: Sequence[int]
    paragraphs: Sequence[int]
    sentences: Sequence[int]


class Cutter:
    """Cuts one text at its boundaries into ranges of at most `max_tokens`."""

    def __init__(
        self, text: str, boundaries: Boundaries, tokenizer: Tokenizer, max_tokens: int
    ) -> None:
        self._text = text
        self._tokenizer = tokenizer
        self._max = max_tokens
        self._spans = tokenizer.spans(text)
        self._starts = [
            _without_space(text, start, end) if end - start > 1 and text[start].isspace() else start
            for start, end in self._spans
        ]
        self._parts = self._in_tokens(boundaries.parts)
        self._paragraphs = self._in_tokens(boundaries.paragraphs)
        self._sentences = self._in_tokens(boundaries.sentences)

    def cuts(
        self, overlap_tokens: int = 0, stops: Iterable[int] = ()
    ) -> list[tuple[int, int, int]]:
        """Return (start offset, end offset, tokens) of each chunk; together they cover the text.

        No chunk spans one of the offsets `stops`.
        """
        ranges: list[tuple[int, int, int]] = []
        start = 0
        for total in [*self._in_tokens(stops), len(self._spans)]:
            while start < total:
                end = self._end_after(start, total)
                ranges.append((self._offset(start), self._offset(end), end - start))
                start = end if end == total else self._overlap_start(start, end, overlap_tokens)
        return ranges

    def _end_after(self, start: int, total: int) -> int:
        """Return the token index at which the chunk that begins at token `start` ends."""
        rest = total - start
        if rest <= self._max:
            return self._split_parts(start, total)
        limit = min(start + self._max, start + rest - min(_MIN_LAST_TOKENS, self._max // 4))
        for places, fill in (
            (self._parts, _PART_FILL),
            (self._paragraphs, _PARAGRAPH_FILL),
            (self._sentences, _SENTENCE_FILL),
            (self._paragraphs, _ANY_FILL),
            (self._sentences, _ANY_FILL),
        ):
            place = _last_at_most(places, limit)
            if place >= start + max(1, int(fill * self._max)):
                return place
        return self._between_words(start, limit)

    def _split_parts(self, start: int, total: int) -> int:
        """Return the end of a remainder that fits: a part well inside it, or its own end."""
        place = _last_at_most(self._parts, total - 2 * _MIN_LAST_TOKENS)
        return place if place >= start + int(_PART_FILL * self._max) else total

    def _between_words(self, start: int, limit: int) -> int:
        """Return the last gap between words; without one, the largest end that fits the limit."""
        for place in range(limit, max(start, limit - _WORD_GAP_SEARCH), -1):
            if self._is_gap(place):
                return place
        end = limit
        while end > start + 1 and self._measured(start, end) > self._max:
            end -= max(1, (end - start) // 20)
        return end

    def _measured(self, start: int, end: int) -> int:
        return len(self._tokenizer.spans(self._text[self._offset(start) : self._offset(end)]))

    def _is_gap(self, place: int) -> bool:
        """Return whether a cut before token `place` leaves the tokens around it unchanged."""
        before, after = self._spans[place - 1][1], self._starts[place]
        if before < after:
            return True
        return not (self._text[before - 1].isalnum() and self._text[after].isalnum())

    def _overlap_start(self, start: int, end: int, overlap_tokens: int) -> int:
        """Return the next chunk's first token: whole sentences back, within `overlap_tokens`."""
        if overlap_tokens <= 0:
            return end
        earliest = max(start + 1, end - overlap_tokens)
        at = bisect_left(self._sentences, earliest)
        found = self._sentences[at] if at < len(self._sentences) else end
        return min(found, end)

    def _offset(self, token: int) -> int:
        """Return the offset of `token`; the text between tokens belongs to the chunk before it."""
        if token == 0:
            return 0
        return self._starts[token] if token < len(self._starts) else len(self._text)

    def _in_tokens(self, offsets: Iterable[int]) -> list[int]:
        places = sorted({bisect_left(self._starts, offset) for offset in offsets})
        return [place for place in places if 0 < place < len(self._starts)]


def _without_space(text: str, start: int, end: int) -> int:
    """Return the start of a token behind the space that some tokenizers count as its part."""
    while start < end - 1 and text[start].isspace():
        start += 1
    return start


def _last_at_most(places: Sequence[int], limit: int) -> int:
    at = bisect_right(places, limit)
    return places[at - 1] if at else -1


def spans_within(spans: Sequence[Span], tokens: int) -> int:
    """Return the offset at which the first `tokens` tokens end; 0 without tokens."""
    return spans[min(tokens, len(spans)) - 1][1] if spans and tokens > 0 else 0
