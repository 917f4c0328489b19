"""Makes the Markdown of an answer harmless while it arrives. No I/O.

Pictures lose their mark, links their address unless it is a page of this server, HTML and addresses
can't become elements. What is code for a reader must be code for this filter and the reverse, so
only two forms of code are kept: a fence at the beginning of a line, which is written anew, and a
pair of backticks in one line. Other backticks are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from services.query.answers.llm.markers import CITED, INVENTED

# Characters that are held back for the end of a link, an address or a run of code.
_LONGEST_HELD = 400
_FENCE = re.compile(r"[ ]{0,12}(?:`{3,40}|~{3,40})([^\n`]{0,60})(?:\n|$)")
_FENCE_BEGUN = re.compile(r"[ ]{0,12}(?:`{0,40}|~{0,40}|(?:`{3,40}|~{3,40})[^\n`]{0,60})$")
_LANGUAGE = re.compile(r"[\w+#-]{0,20}")
_SPECIAL = re.compile(
    r"[\n`\[!<\]~\ue000-\uf8ff]|(?:https?|ftp)(?=:|$)|www(?=\.|$)|mailto(?=:|$)", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.|mailto:)[^\s`]{1,400}", re.IGNORECASE)
_STARTS = ("http://", "https://", "ftp://", "www.", "mailto:")
_LONGEST_START = max(map(len, _STARTS))
_CITED = re.compile(f"[{chr(CITED)}-{chr(INVENTED - 1)}]")
_INVENTED = re.compile(f"[{chr(INVENTED)}-\uf8ff]")
# Before these no space is needed where a mark was left out.
_FOLLOWS_WORD = " \n.,;?)"
_TRAILING = ".,;:!?)]}>\"'”’»。、，"
_SPAN = re.compile(r"(`{1,4})([^`\n]{1,300})\1(?!`)")
_SPAN_BEGUN = re.compile(r"`{1,4}[^`\n]{0,300}`{0,4}$")
_LINK = re.compile(r"\[([^\[\]\n]{0,200})\]\(\s{0,4}<?([^\s()<>\n]{0,200})>?(?:[^()\n]{0,80})?\)")
_LINK_BEGUN = re.compile(r"\[[^\[\]\n]{0,200}(?:\](?:\([^()\n]{0,300})?)?$")
_OWN_PAGE = re.compile(r"/(?![/\\])[\w./#?=&%+~-]{0,200}")
# A sign of comparison: no HTML begins with it, whatever is left out behind it.
_LESS_THAN = re.compile(r"<(?=[\s\d=])")


@dataclass
class MarkdownFilter:
    """Takes pieces of text and returns what is certain.

    Marks that were invented are left out of all text but code.
    """

    _held: str = ""
    _in_fence: bool = False
    _at_line_start: bool = True
    # The last two characters that were returned, and whether a mark was left out behind them.
    _last: str = ""
    _gap: bool = False
    _done: list[str] = field(default_factory=list)

    def feed(self, text: str, *, last: bool = False) -> str:
        """Return the text that is certain; with `last` all that is left, and the fence closed."""
        buffer = self._held + text
        at = 0
        while at < len(buffer):
            step = self._code if self._in_fence else self._text
            after = step(buffer, at, last)
            if after == at:
                break
            at = after
        self._held = buffer[at:]
        if last and self._in_fence:
            self._emit(("" if self._at_line_start else "\n") + "```")
            self._in_fence = False
        made = "".join(self._done)
        self._done.clear()
        return made

    def _emit(self, text: str) -> None:
        if text:
            apart = self._gap and self._last and text[0] not in _FOLLOWS_WORD
            self._done.append(" " + text if apart and self._last[-1] not in " \n" else text)
            self._last = (self._last + text)[-2:]
            self._at_line_start = text[-1] == "\n"
            self._gap = False

    def _emit_plain(self, text: str) -> None:
        self._emit((" " if text and self._would_join(text) else "") + text)

    def _would_join(self, text: str) -> bool:
        """Return whether a text makes an element of Markdown with what stands before it."""
        before = self._last[-1:]
        ends_bracket = before == "]" or _CITED.match(before) is not None
        return (ends_bracket and text[0] in "(:[") or (before == "!" and text[0] == "[")

    def _emit_code(self, code: str) -> None:
        """Add a span of code, whose marks nothing before may lengthen or take away."""
        self._emit((" " if self._last[-1:] in ("`", "\\") else "") + code)

    def _code(self, buffer: str, at: int, last: bool) -> int:
        """Take one line of a fence: code, whatever it holds; a fence of either kind ends it."""
        end = buffer.find("\n", at)
        if end < 0 and not last:
            # Only what can't become the closing fence is certain.
            if self._at_line_start and _FENCE_BEGUN.match(buffer, at):
                return at
            self._emit(buffer[at:])
            return len(buffer)
        line = buffer[at:] if end < 0 else buffer[at : end + 1]
        found = _FENCE.fullmatch(line) if self._at_line_start else None
        if found and not found[1].strip():
            self._in_fence = False
            self._emit("```" + ("\n" if line.endswith("\n") else ""))
            return at + len(line)
        self._emit(line)
        return at + len(line)

    def _text(self, buffer: str, at: int, last: bool) -> int:
        if self._at_line_start and (after := self._fence(buffer, at, last)) is not None:
            return after
        found = _SPECIAL.search(buffer, at)
        if found is None:
            # The beginning of an address may be the end of what has arrived.
            end = len(buffer) if last else _address_begun(buffer, at)
            self._emit_plain(buffer[at:end])
            return end
        if found.start() > at:
            self._emit_plain(buffer[at : found.start()])
            return found.start()
        return self._special(buffer, at, last)

    def _fence(self, buffer: str, at: int, last: bool) -> int | None:
        """Open a fence at the beginning of a line; None if there is none."""
        found = _FENCE.match(buffer, at)
        if found and (found[0].endswith("\n") or last):
            language = _LANGUAGE.match(found[1].strip())
            self._emit("```" + (language[0] if language else "") + "\n")
            self._in_fence = True
            return found.end()
        waits = not last and _FENCE_BEGUN.match(buffer, at) is not None
        return at if waits else None

    def _special(self, buffer: str, at: int, last: bool) -> int:
        letter = buffer[at]
        rest = len(buffer) - at
        waits = not last and rest <= _LONGEST_HELD
        if letter == "\n":
            self._emit("\n")
        elif letter == "`":
            return self._span(buffer, at, waits)
        elif letter == "[":
            return self._link(buffer, at, waits)
        elif letter == "!":
            if rest == 1 and waits:
                return at
            self._emit_plain("" if buffer.startswith("![", at) else "!")
        elif letter == "<":
            if rest == 1 and waits:
                return at
            self._emit_plain("<" if _LESS_THAN.match(buffer, at) else "&lt;")
        elif letter == "~" and self._last == "~~":
            # Three of them would begin code.
            return at + 1
        elif _INVENTED.match(letter):
            self._gap = True
        elif letter in "]~" or _CITED.match(letter):
            self._emit_plain(letter)
        else:
            return self._address(buffer, at, waits)
        return at + 1

    def _span(self, buffer: str, at: int, waits: bool) -> int:
        found = _SPAN.match(buffer, at)
        if found and (found.end() < len(buffer) or not waits):
            self._emit_code(found[0])
            return found.end()
        if waits and _SPAN_BEGUN.match(buffer, at):
            return at
        return at + 1

    def _link(self, buffer: str, at: int, waits: bool) -> int:
        found = _LINK.match(buffer, at)
        if found:
            if _OWN_PAGE.fullmatch(found[2]):
                self._emit_plain("[")
                self._emit(f"{_INVENTED.sub('', _inert(found[1]))}]({found[2]})")
            else:
                self._emit_plain(_inert(found[1]))
            return found.end()
        if waits and _LINK_BEGUN.match(buffer, at):
            return at
        self._emit_plain("[")
        return at + 1

    def _address(self, buffer: str, at: int, waits: bool) -> int:
        found = _ADDRESS.match(buffer, at)
        if found and (found.end() < len(buffer) or not waits):
            address = found[0].rstrip(_TRAILING)
            self._emit_code(f"`{address}`")
            return at + len(address)
        if waits and (found or _begins_address(buffer[at:])):
            return at
        self._emit_plain(buffer[at])
        return at + 1


def _address_begun(buffer: str, at: int) -> int:
    """Return where the end of a text may become an address; its length if nowhere."""
    likely = range(max(at, len(buffer) - _LONGEST_START), len(buffer))
    return next((begin for begin in likely if _begins_address(buffer[begin:])), len(buffer))


def _begins_address(text: str) -> bool:
    return any(start.startswith(text.lower()) for start in _STARTS)


def _inert(text: str) -> str:
    """Return the text of a link without marks that could become an element."""
    return re.sub(r"[`<>!]", "", text)
