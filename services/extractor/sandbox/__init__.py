"""Isolates hostile files: a forkserver with loaded parsers, and one confined process per file."""
