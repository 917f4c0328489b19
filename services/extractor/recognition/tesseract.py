"""Runs Tesseract, one process for each picture, with limits on time, memory and output.

It gets a picture that was drawn here, not the document. Its output is hOCR, which has what TSV has
and the font size and direction of each line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from services.extractor.recognition.base import Line, Picture
from services.extractor.recognition.hocr import lines_of
from services.extractor.recognition.program import run_program

_ASK_S = 30.0  # the version and the list of languages take milliseconds
_WITH_DIRECTION, _WITHOUT_DIRECTION = "1", "3"  # modes of page segmentation


class Tesseract:
    """Recognises text with the program at `path`; its threads would only wait for each other."""

    def __init__(
        self,
        path: str,
        version: str,
        languages: frozenset[str],
        *,
        page_seconds: float,
        memory_mb: int,
    ) -> None:
        self.name = f"tesseract {version}"
        self.languages = languages - {"osd"}
        self._path = path
        self._mode = _WITH_DIRECTION if "osd" in languages else _WITHOUT_DIRECTION
        self._page_seconds = page_seconds
        self._memory_mb = memory_mb

    async def recognise(self, picture: Picture, languages: Sequence[str]) -> list[Line]:
        """Return the lines of a picture; see `Recogniser.recognise`."""
        options = ["-l", "+".join(languages), "--psm", self._mode, "hocr"]
        output = await run_program(
            [self._path, "stdin", "stdout", *options],
            picture.to_pgm(),
            environment=_environment(),
            seconds=self._page_seconds,
            memory_mb=self._memory_mb,
        )
        return lines_of(output.decode("utf-8", "replace"))


def find_tesseract(*, page_seconds: float, memory_mb: int) -> Tesseract | None:
    """Return the installed Tesseract, blocking; None without one."""
    path = shutil.which("tesseract")
    if path is None:
        return None
    version = _ask(path, "--version").partition("\n")[0].removeprefix("tesseract").strip()
    listed = _ask(path, "--list-langs").splitlines()[1:]
    languages = frozenset(name.strip() for name in listed if name.strip())
    return Tesseract(path, version, languages, page_seconds=page_seconds, memory_mb=memory_mb)


def _ask(path: str, option: str) -> str:
    try:
        answer = subprocess.run(
            [path, option], capture_output=True, text=True, timeout=_ASK_S, env=_environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout or answer.stderr


def _environment() -> dict[str, str]:
    """Return an environment without secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ}
    return kept | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
