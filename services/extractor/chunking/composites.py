"""Puts the caption of a figure or table beside the sentences on other pages that refer to it.

What a figure shows is said in the text, often pages before it: "Figure 3 shows the losses of …".
Beside its caption, such a sentence says something that neither chunk says alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.extractor.chunking.sentences import Part
from services.extractor.document import Block
from shared.text.sentences import sentence_spans

_LABEL = re.compile(
    r"\b(fig|tab|chart|exhibit|scheme|abb|cuadro)[a-zéôòíúü]{0,7}\.?\s{0,3}"
    r"([A-Z]?\d{1,4}(?:[.\u2013-]\d{1,4}){0,3})",
    re.IGNORECASE,
)
_MAX_LABELS = 500  # of a document; bounds memory
_MAX_REFERENCES = 3  # sentences of a label; more are said elsewhere in other words
_MAX_SENTENCE = 600  # characters; longer ones are lists and listings

Label = tuple[str, str]


class Composites:
    """Knows the sentences of a document that refer to its figures and tables."""

    def __init__(self) -> None:
        self._references: dict[Label, list[Part]] = {}

    def learn(self, block: Block) -> None:
        """Note the sentences of a paragraph that name a figure or table."""
        if block.kind not in ("paragraph", "list") or block.aside or block.page is None:
            return
        if _LABEL.search(block.text) is None:
            return
        for start, end in sentence_spans(block.text):
            for label in labels(block.text[start:end]):
                known = self._references.setdefault(label, [])
                if len(known) < _MAX_REFERENCES and end - start <= _MAX_SENTENCE:
                    text = " ".join(block.text[start:end].split())
                    known.append(Part(text, "prose", block, start))
        while len(self._references) > _MAX_LABELS:
            del self._references[next(iter(self._references))]

    def of(self, caption: Block) -> Sequence[Part]:
        """Return a caption and the sentences on other pages that refer to it; () without any."""
        own = _LABEL.match(caption.text.lstrip())
        if own is None or caption.page is None:
            return ()
        found = self._references.get(_label(own), ())
        away = [part for part in found if part.block.page != caption.page]
        return [Part(" ".join(caption.text.split()), "caption", caption), *away] if away else ()


def labels(text: str) -> list[Label]:
    """Return the figures and tables that a text names, each once.

    >>> labels("As Fig. 3 and Figure 3 show, and Table A1")
    [('fig', '3'), ('tab', 'A1')]
    """
    return list(dict.fromkeys(map(_label, _LABEL.finditer(text))))


def _label(found: re.Match[str]) -> Label:
    return found[1].lower(), found[2]
