"""Reads damaged files in the sandbox and counts how they end: `python -m tools.fuzz --files 1000`.

File number n of a seed is always the same, so a run continues where the last one ended (`--state`),
and one file can be made again (`--only`). It fails if a reader outlives its limit, if a process, a
descriptor or memory is left, or if the forkserver dies.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.extractor.document import ReaderLimits, ReadOptions
from services.extractor.sandbox.sandbox import Sandbox
from shared.domain.errors import QuireError
from shared.domain.file_types import by_ending
from shared.encoders.options import options_from, tokenizer_path
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 10.0  # for one file
LIMITS = ReaderLimits(wall_seconds=LIMIT_S, page_seconds=LIMIT_S, cpu_seconds=10, memory_mb=768)
_MAX_SEED = 2 * 1024 * 1024  # bytes of an undamaged file; larger ones are slow, not more telling
_MAX_CHANGES = 12
_GRACE_S = 2.0  # for the end of a process and its report, on a busy machine
_MEMORY_MB = 64  # that the service may gain in a run, for caches of its libraries
_TELLING = (b"\x00" * 4, b"\xff" * 4, b"%s%n", b"-1", b"99999999999", b"<<", b"endobj", b"&#0;")

Change = Callable[[random.Random, bytearray], None]


def _flip(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def _remove(chance: random.Random, data: bytearray) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 512)]


def _repeat(chance: random.Random, data: bytearray) -> None:
    start = chance.randrange(len(data))
    piece = bytes(data[start : start + chance.randrange(1, 4096)])
    data[start:start] = piece * chance.randrange(1, 20)


def _overwrite(chance: random.Random, data: bytearray) -> None:
    start = chance.randrange(len(data))
    piece = chance.choice(_TELLING)
    data[start : start + len(piece)] = piece


def _noise(chance: random.Random, data: bytearray) -> None:
    start = chance.randrange(len(data))
    data[start:start] = chance.randbytes(chance.randrange(1, 256))


CHANGES: Sequence[Change] = (_flip, _flip, _cut, _remove, _repeat, _overwrite, _overwrite, _noise)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a file with a few changes; often one inside an archive, whose sums are then right."""
    if data.startswith(b"PK") and chance.random() < 0.7:
        return _damaged_archive(data, chance)
    changed = bytearray(data)
    for _ in range(chance.randrange(1, _MAX_CHANGES)):
        if changed:
            chance.choice(CHANGES)(chance, changed)
    return bytes(changed)


def _damaged_archive(data: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = [each for each in old.namelist() if old.getinfo(each).file_size]
        chosen = chance.choice(names)
        for name in names:
            content = old.read(name)
            new.writestr(name, damaged(content, chance) if name == chosen else content)
    return out.getvalue()


def seeds(folders: Sequence[Path]) -> list[Path]:
    """Return the undamaged files below the folders, of types that are read, in a fixed order."""
    found = [each for folder in folders for each in sorted(folder.rglob("*")) if each.is_file()]
    return [
        each for each in found if by_ending(each.suffix) and 0 < each.stat().st_size < _MAX_SEED
    ]


def make(files: Sequence[Path], seed: int, number: int) -> tuple[Path, bytes]:
    """Return the source of file `number` and its damaged content."""
    chance = random.Random(f"{seed}/{number}")
    source = chance.choice(files)
    return source, damaged(source.read_bytes(), chance)


@dataclass
class Report:
    """What happened so far; `faults` are sentences, and none is the aim."""

    done: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """Return the report as a JSON object."""
        return json.dumps(
            {
                "done": self.done,
                "outcomes": dict(self.outcomes.most_common()),
                "slowest_s": round(self.slowest_s, 2),
                "faults": self.faults,
            },
            indent=2,
        )

    @classmethod
    def load(cls, path: Path | None) -> Report:
        """Return the report of the last run, or a new one."""
        if path is None or not path.is_file():
            return cls()
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(data["done"], Counter(data["outcomes"]), data["slowest_s"], data["faults"])


async def run(
    files: Sequence[Path], seed: int, numbers: Sequence[int], report: Report, tokenizer: Path
) -> None:
    """Read the files with these numbers one after the other, and add to the report."""
    sandbox = Sandbox(LIMITS, tokenizer_path=tokenizer)
    await sandbox.start()
    pid, before = _forkserver(), _resident_mb()
    descriptors = _descriptors()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number in numbers:
                source, content = make(files, seed, number)
                path = Path(folder) / f"file{source.suffix}"
                path.write_bytes(content)
                await _read(sandbox, path, f"{number} ({source.name})", report, tokenizer)
        if _forkserver() != pid:
            report.faults.append("the forkserver died")
        if not await _soon(lambda: not _children(pid)):
            report.faults.append("a reader is left")
        if not await _soon(lambda: _descriptors() <= descriptors):
            report.faults.append("a descriptor is left open")
        if _resident_mb() > before + _MEMORY_MB:
            report.faults.append(f"memory grew from {before} to {_resident_mb()} MiB")
    finally:
        await sandbox.close()


async def _read(sandbox: Sandbox, path: Path, name: str, report: Report, tokenizer: Path) -> None:
    kind = by_ending(path.suffix)
    options = ReadOptions(kind.name if kind else "txt", str(tokenizer))
    begun, outcome = time.monotonic(), "read"
    try:
        async for _ in sandbox.read(path, options):
            pass
    except QuireError as error:
        outcome = error.code
    except Exception as unexpected:
        outcome = type(unexpected).__name__
        report.faults.append(f"file {name}: {outcome} in the service")
    took = time.monotonic() - begun
    if took > LIMIT_S + _GRACE_S:
        report.faults.append(f"file {name}: took {took:.1f} s")
    report.done += 1
    report.outcomes[outcome] += 1
    report.slowest_s = max(report.slowest_s, took)


def _forkserver() -> int:
    for child in _children(os.getpid()):
        if b"sandbox.forkserver" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
    return 0


async def _soon(holds: Callable[[], bool]) -> bool:
    """Return whether it holds within a moment: processes and connections end on their own."""
    deadline = time.monotonic() + _GRACE_S
    while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110 - /proc has no events
        await asyncio.sleep(0.05)
    return holds()


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    return [int(child) for child in text.split()]


def _resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") // (1024 * 1024)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if there are faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="how many more files to read")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="read the file of this number alone")
    parser.add_argument("--state", type=Path, help="file that keeps the report between runs")
    parser.add_argument("folders", nargs="*", type=Path, default=[ROOT / "samples"])
    given = parser.parse_args(arguments)
    report = Report.load(given.state)
    numbers: Sequence[int] = range(report.done, report.done + given.files)
    if given.only is not None:
        report, numbers = Report(), [given.only]
    tokenizer = tokenizer_path(options_from(Settings()))
    asyncio.run(run(seeds(given.folders), given.seed, numbers, report, tokenizer))
    print(report.as_json())
    if given.state is not None and given.only is None:
        given.state.write_text(report.as_json(), encoding="utf-8")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
