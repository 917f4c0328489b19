"""Turns file bytes into pages, blocks and chunks; the parser runs in a sandboxed child process."""
