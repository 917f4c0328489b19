"""Measures how fast Quire is, beside a baseline of the same parts: `python -m bench --help`."""
