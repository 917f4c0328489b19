"""Texts to token ids with the model's own tokenizer; any text is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from shared.domain.errors import SettingsError
from shared.encoders.vocabulary import Vocabulary
from shared.text.normalize import strip_leaders

# Upper bound for one token; text longer than the limit times this is cut before tokenising.
CHARACTERS_PER_TOKEN = 64
# First and last token of a text, each as WordPiece and as SentencePiece vocabularies name it.
SPECIALS = (("[CLS]", "<s>"), ("[SEP]", "</s>"))


class BertTokenizer:
    """Tokenises with a `tokenizer.json` of the BERT family; immutable and thread-safe."""

    def __init__(self, path: Path, max_sequence: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))
        # Many published files truncate to 128 tokens on their own; here the caller decides.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._max_sequence = max_sequence
        self._first, self._last = (self._special(*names) for names in SPECIALS)

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's ids with special tokens, cut to the model's limit."""
        limit = self._max_sequence - 2
        longest = self._max_sequence * CHARACTERS_PER_TOKEN
        encodings = self._encode([text[:longest] for text in texts])
        return [[self._first, *ids[:limit], self._last] for ids in encodings]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of content tokens of each uncut text."""
        return [len(ids) for ids in self._encode(texts)]

    def vocabulary(self) -> Vocabulary:
        """Return which words the model knows."""
        return Vocabulary(self._tokenizer.get_vocab(), self.count)

    def _special(self, *names: str) -> int:
        for name in names:
            if (found := self._tokenizer.token_to_id(name)) is not None:
                return found
        raise SettingsError(
            f"The tokenizer has no {names[0]}: it is not of the BERT family. Set"
            " QUIRE_ENCODER_ENGINE=sentence-transformers or another QUIRE_ENCODER_MODEL."
        )

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        read = [readable(text) for text in texts]
        encodings = self._tokenizer.encode_batch_fast(read, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]


def readable(text: str) -> str:
    """Return the text without leaders and without lone surrogates, which tokenizers refuse."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode("utf-8")
    return strip_leaders(text)
