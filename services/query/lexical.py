"""Stems of English words, and the words of a question that mean something. No I/O."""

from __future__ import annotations

import re

_SCRIPT_WITHOUT_SPACES = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(
    rf"[{_SCRIPT_WITHOUT_SPACES}]"
    rf"|[^\W_{_SCRIPT_WITHOUT_SPACES}]+(?:[.,'’][^\W_{_SCRIPT_WITHOUT_SPACES}]+)*"
)
_SUFFIXES = (
    ("ies", "y"),
    ("ied", "y"),
    ("sses", "ss"),
    ("ing", ""),
    ("edly", ""),
    ("ed", ""),
    ("es", ""),
    ("ly", ""),
    ("s", ""),
)
# Least letters of a stem, so that "bed" and "ring" keep their ending.
_MIN_STEM = 3
STOP_WORDS = frozenset(
    """
    a about above after again against all almost along already also although always am among an and
    another any anyone anything are around as at away be became because become been before being
    below between both but by called can cannot could describe did do does doing done down during
    each either else ever every explain few for from further gave get gets give given go goes got
    had happen happened happens has have having he her here hers herself him himself his how however
    i if in instead into is it its itself just kept kind kinds know known let like list long made
    make makes many may me might mine more most much must my myself name named near need never next
    no nor not now of off often on once one only onto or other others our ours out over own per
    please possible quite rather really said same say says see seem shall she should show since so
    some somebody someone something such take tell than that the their theirs them themselves then
    there these they thing things this those through to together too took toward towards type types
    under until up upon us use used uses using very was way we well went were what whatever when
    where whether which while who whom whose why will with within without would year years you your
    yours
    """.split()
)


def stem(word: str) -> str:
    """Return `word` without case and common English endings.

    >>> stem("stored"), stem("Stores"), stem("dried") == stem("dry")
    ('stor', 'stor', True)
    """
    bare = word.lower().replace("’", "'").removesuffix("'s")
    for suffix, instead in _SUFFIXES:
        kept = len(bare) - len(suffix)
        if bare.endswith(suffix) and kept >= _MIN_STEM and not bare.endswith(("ss", "us")):
            bare = bare[:kept] + instead
            if suffix in ("ed", "es") and bare.endswith("i"):
                # `dried` and `dries`, which are too short for `ied` and `ies`.
                bare = bare[:-1] + "y"
            break
    if len(bare) > _MIN_STEM and bare[-1] == bare[-2] and bare[-1] not in "lsz":
        bare = bare[:-1]
    return bare[:-1] if bare.endswith("e") and len(bare) > _MIN_STEM else bare


def terms(question: str) -> frozenset[str]:
    """Return the stems of all words but stop words.

    >>> sorted(terms("Who calibrates sensor 7?"))
    ['7', 'calibrat', 'sensor']
    """
    words = _WORD.findall(question)
    return frozenset(stem(word) for word in words if word.lower() not in STOP_WORDS)
