"""`python -m bench`: measure, print the figures, keep them in `bench/results`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Imported where they are used: a process that is measured holds nothing of the one that measures.


def main() -> int:
    """Exit code 0, or 1 where there is nothing to measure or a server does not start."""
    arguments = _parser().parse_args()
    if arguments.part == "straight":
        from bench import baseline

        return baseline.main()
    if arguments.part == "inside":
        from bench import in_process

        return in_process.main(arguments.data_dir, arguments.fill)
    if arguments.part == "files":
        from bench.documents import select

        print(*select(os.environ, Path(__file__).parents[1] / "samples").documents, sep="\n")
        return 0
    from bench import suite

    return suite.main(arguments.part, rounds=arguments.rounds, fill=arguments.fill)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    for name, what in (
        ("ingest", "the server beside the straight line, and what users wait for"),
        ("retrieve", "questions among many chunks"),
        ("all", "both"),
        ("distributed", "every service a process: its price, its latency, how it scales"),
    ):
        _add_sizes(parts.add_parser(name, help=what))
    parts.add_parser("files", help="print the documents that are measured, one a line")
    # The measured processes that are not servers.
    parts.add_parser("straight")
    in_process = parts.add_parser("inside")
    in_process.add_argument("data_dir", type=Path)
    in_process.add_argument("fill", type=int)
    return parser


def _add_sizes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=os.environ.get("QUIRE_BENCH_ROUNDS", 1))
    parser.add_argument("--fill", type=int, default=os.environ.get("QUIRE_BENCH_FILL", 20_000))


if __name__ == "__main__":
    sys.exit(main())
