"""Whether a statement stands under the keys of a question. No I/O.

The nearest level that names a key of the same kind decides: the statement itself, the sentences
before it in its paragraph, its lead-in or question, the headings from the innermost out, the title.
So a value of another model, year, code or section is never put behind the asked one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from services.query import wording
from services.query.answers.keys import Keys, Name, Term
from services.query.answers.statement import Statement
from services.query.answers.stop_words import RELATIONS, STOP_WORDS

# Legal forms, which a name has or lacks.
_LEGAL = "corporation corp incorporated inc limited ltd company co plc llc gmbh ag kg".split()
# Words that name nothing beside another one.
NAMELESS = frozenset(wording.form(word) for word in (*STOP_WORDS, *_LEGAL)) | RELATIONS
# Kinds whose key names what they are about.
_KEYED = ("row", "pair", "item")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SECTION = re.compile(r"(?:§\s?)?\d{1,3}(?:\.\d{1,3}){1,5}\.?\s")
_SECTION_NUMBER = re.compile(r"(?:§\s?)?(\d{1,3}(?:\.\d{1,3}){0,5})[.)]?\s")
# Words before the number of a part of a document, which its heading may lack.
_PARTS = frozenset(
    wording.form(word)
    for word in "clause section article paragraph chapter part step rule item point annex".split()
)
_CLAUSE = "0.0"
_DIGITS = re.compile(r"\d+")


def levels(statement: Statement) -> Iterator[str]:
    """Yield the texts that a statement stands under, the nearest first."""
    if statement.kind == "row":
        yield " ; ".join((*statement.cells, *statement.header))
        yield statement.table
    else:
        yield statement.text
        yield from reversed(statement.before)
    yield statement.lead
    yield statement.question
    yield from reversed(statement.headings)
    yield statement.title
    yield statement.passage.opening
    yield statement.about
    yield from statement.earlier


def stands_under(statement: Statement, keys: Keys) -> bool:
    """Return whether a statement stands under every code, year, number and name of a question."""
    return (
        all(is_under(statement, term) for term in keys.terms if term.is_key)
        and all(
            is_near_name(statement, name) or (_is_prose(statement) and not name.is_role)
            for name in keys.names
        )
        and not is_of_another(statement, keys)
        and not (statement.kind == "row" and _parts_pair(keys, statement.key))
    )


def _parts_pair(keys: Keys, key: str) -> bool:
    """Return whether a key has a further word between two that are asked side by side.

    `Total intangible assets` is not `total assets`.
    """
    stems = wording.words(key).stems
    for one, other in keys.adjacent:
        if one in stems and other in stems:
            first, last = stems.index(one), stems.index(other)
            between = stems[first + 1 : last]
            if between and not NAMELESS.issuperset(between):
                return True
    return False


def _is_prose(statement: Statement) -> bool:
    return statement.kind not in _KEYED and not statement.question


def is_under(statement: Statement, term: Term) -> bool:
    """Return whether the nearest level that names a key like `term` names this one."""
    if term.beside and _is_cell(statement, term):
        return True
    for level in levels(statement):
        found = wording.words(level)
        if _has(found, term) or (level == statement.title and term.stem in found.codes):
            return True
        if term.beside in _PARTS and _number_of(level) == term.stem:
            return True
        if _alike(level, found, term):
            return False
    return False


def is_of_another(statement: Statement, keys: Keys) -> bool:
    """Return whether a statement is about another thing of the kind that the question names.

    `Pipe cutter` is for a question about a `thread cutter`, and `Class jute` for `class hemp`: one
    of two words that follow one another in the question stands beside another word instead. Looked
    at are the key of a row or pair, the question above, and headings that the statement needs.
    """
    if not keys.beside:
        return False
    texts = [wording.words(level) for level in levels(statement)]
    known = frozenset[str]().union(*(text.present for text in texts))
    own = wording.words(statement.text).present
    naming = [wording.words(statement.key), wording.words(statement.question)]
    naming += [wording.words(each) for each in statement.headings]
    return any(
        _names_another(keys, pair, known, [one for one in naming if one.stems])
        for pair in keys.beside
        if statement.kind in _KEYED or not own & set(pair)
    )


def mentions_another(statement: Statement, keys: Keys) -> bool:
    """Return whether the text of a statement has one of two words beside another one instead."""
    texts = [wording.words(level) for level in levels(statement)]
    known = frozenset[str]().union(*(text.present for text in texts))
    own = [wording.words(statement.text)]
    return any(_names_another(keys, pair, known, own) for pair in keys.beside)


def _names_another(
    keys: Keys, pair: tuple[str, str], known: frozenset[str], texts: Sequence[wording.Words]
) -> bool:
    one, other = pair
    if (one in known) == (other in known):
        return False
    asked = {term.stem for term in keys.terms}
    return any(
        (other in text.present and _stands_beside(text.stems, other, -1, asked))
        or (one in text.present and _stands_beside(text.stems, one, 1, asked))
        for text in texts
    )


def _stands_beside(stems: Sequence[str], word: str, step: int, asked: set[str]) -> bool:
    """Return whether a word that names something, but is not asked for, stands beside `word`."""
    for at, stem in enumerate(stems):
        beside = stems[at + step] if stem == word and 0 <= at + step < len(stems) else ""
        if len(beside) > 2 and beside not in asked and beside not in NAMELESS:
            return True
    return False


def _is_cell(statement: Statement, term: Term) -> bool:
    """Return whether a row has the number in the column that the word before it names."""
    named = zip(statement.header, statement.cells, strict=False)
    return any(
        term.beside in wording.words(name).present and wording.code(cell) == term.stem
        for name, cell in named
        if cell
    )


def _number_of(heading: str) -> str:
    found = _SECTION_NUMBER.match(heading)
    return found[1] if found else ""


def _has(found: wording.Words, term: Term) -> bool:
    if term.stem not in found.present:
        return False
    return not term.beside or term.stem in _numbers_beside(found, term.beside)


def _alike(level: str, found: wording.Words, term: Term) -> bool:
    """Return whether a level names another key of the same kind."""
    if term.kind == "number":
        return bool(_numbers_beside(found, term.beside))
    if term.kind == "year":
        return any(_YEAR.fullmatch(each) for each in found.codes)
    shape = _shape(term.stem)
    if shape == _CLAUSE:
        # 24.5 is an amount, unless the level begins with it as a heading does.
        return _SECTION.match(level) is not None
    return any(_shape(each) == shape for each in found.codes)


def _numbers_beside(found: wording.Words, beside: str) -> set[str]:
    """Return the numbers that directly follow a word."""
    stems = found.stems
    return {
        stems[at + 1]
        for at in range(len(stems) - 1)
        if stems[at] == beside and stems[at + 1][:1].isdigit()
    }


def _shape(code: str) -> str:
    """Return the shape that codes of one kind share: `E117` and `E9` are alike.

    Numbers alone are alike if they have as many digits: `218` is an amount beside case `70844`.

    >>> _shape("zq6874"), _shape("4.2.1"), _shape("4.2"), _shape("218")
    ('zz0', '0.0', '0.0', '000')
    """
    if code.isdigit():
        return "0" * len(code)
    shape = re.sub(r"[^\W\d_]", "z", _DIGITS.sub("0", code))
    return re.sub(r"(?:0\.){1,9}0", "0.0", shape)


def is_named(statement: Statement, name: Name) -> bool:
    """Return whether a statement or a text that it stands under has a name, or a part of it.

    Of what a person does, one text must have all parts.
    """
    enough = all if name.is_role else any
    return any(
        enough(part in wording.words(text).present for part in name.stems)
        for text in levels(statement)
    )


def is_near_name(statement: Statement, name: Name) -> bool:
    """Return whether `is_named`, or the passage of a sentence has the name."""
    if is_named(statement, name):
        return True
    present = wording.words(statement.passage.content).present
    enough = all if name.is_role else any
    return statement.kind not in _KEYED and enough(part in present for part in name.stems)


def unmet(statements: Sequence[Statement], keys: Keys) -> list[str]:
    """Return the keys of a question that no statement stands under, as they were asked."""
    terms = [
        term.shown
        for term in keys.terms
        if term.is_key and not any(is_under(each, term) for each in statements)
    ]
    names = [
        name.shown
        for name in keys.names
        if not any(is_near_name(each, name) for each in statements)
    ]
    return [*terms, *names]
