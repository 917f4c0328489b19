"""`python -m bench`: measures, prints the figures and keeps them in `bench/results`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.sizes import QUICK, Sizes

# Modules are imported where they are used, so that a measured process loads no others.


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, or 1 if there are no documents or a server does not start."""
    options = parser().parse_args(arguments)
    if options.part == "baseline":
        from bench import baseline

        return baseline.main()
    if options.part == "in-process":
        from bench import in_process

        return in_process.main(options.data_dir, options.chunks)
    if options.part == "files":
        from bench.documents import select

        print(*select(os.environ, Path(__file__).parents[1] / "samples").documents, sep="\n")
        return 0
    from bench import suite

    return suite.main(options.part, sizes_of(options), results=options.results)


def sizes_of(options: argparse.Namespace) -> Sizes:
    """Return the sizes that the options ask for; --quick has its own rounds and chunks."""
    return (
        QUICK if options.quick else replace(Sizes(), rounds=options.rounds, chunks=options.chunks)
    )


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parts = made.add_subparsers(dest="part", required=True, metavar="PART")
    for name, what in (
        ("ingest", "the server beside the baseline, and latencies under load"),
        ("retrieve", "questions among many chunks"),
        ("all", "ingest and retrieve"),
        ("listeners", "clients that follow documents while these go in"),
        ("distributed", "every service as a process: its cost, its latency, how it scales"),
    ):
        _add_sizes(parts.add_parser(name, help=what))
    parts.add_parser("files", help="print the documents that are measured, one on each line")
    # The measured processes that are not servers.
    parts.add_parser("baseline")
    in_process = parts.add_parser("in-process")
    in_process.add_argument("data_dir", type=Path)
    in_process.add_argument("chunks", type=int)
    return made


def _add_sizes(part: argparse.ArgumentParser) -> None:
    rounds = os.environ.get("QUIRE_BENCH_ROUNDS", Sizes.rounds)
    chunks = os.environ.get("QUIRE_BENCH_CHUNKS", Sizes.chunks)
    results = Path(__file__).parent / "results"
    part.add_argument("--rounds", type=int, default=rounds, help="rounds of ingest (%(default)s)")
    part.add_argument("--chunks", type=int, default=chunks, help="to search among (%(default)s)")
    part.add_argument("--results", type=Path, default=results, help="folder for the JSON file")
    part.add_argument("--quick", action="store_true", help="smallest sizes: only see that it runs")


if __name__ == "__main__":
    sys.exit(main())
