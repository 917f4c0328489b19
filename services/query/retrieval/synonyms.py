"""Words that mean the same in a collection, such as abbreviations, from a file of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from shared.domain.errors import SettingsError
from shared.keywords.folding import fold
from shared.keywords.words import split

# The name of the groups that hold in every collection.
EVERYWHERE = "*"
_FILE: TypeAdapter[dict[str, list[list[str]]]] = TypeAdapter(dict[str, list[list[str]]])


@dataclass(frozen=True)
class Synonyms:
    """Groups of words and phrases that mean the same, by collection.

    >>> Synonyms({"*": [["SOP", "standard operating procedure"]]}).of("Who signs the SOP?")
    ('standard operating procedure',)
    """

    groups: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)

    @classmethod
    def from_file(cls, path: str) -> Synonyms:
        """Read the file, none if `path` is empty. SettingsError: it can't be read or understood."""
        if not path:
            return cls()
        try:
            return cls(_FILE.validate_json(Path(path).read_bytes()))
        except (OSError, ValidationError) as error:
            raise SettingsError(
                f"QUIRE_SYNONYMS_FILE: {path} can't be used. It must be a JSON object: a list of"
                ' groups for each collection, or "*" for all: {"*": [["SOP", "procedure"]]}.'
            ) from error

    def of(self, question: str, collections: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the other members of each group that a question has a member of, in order.

        Without collections, the question is asked of all of them.
        """
        if not self.groups:
            return ()
        asked = _words(question)
        named = (EVERYWHERE, *collections) if collections else tuple(self.groups)
        return tuple(
            dict.fromkeys(
                member
                for name in named
                for group in self.groups.get(name, ())
                if any(_words(each) in asked for each in group)
                for member in group
                if _words(member) not in asked
            )
        )


def _words(text: str) -> str:
    """Return the folded words of a text, each between two spaces, so that phrases can be found."""
    words, pairs = split(fold(text))
    return f" {' '.join([*words, *pairs])} "
