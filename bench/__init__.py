"""How fast Quire is, beside a straight-line script of the same parts. `python -m bench --help`."""
