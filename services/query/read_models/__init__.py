"""Keeps read models, such as a keyword index, up to date with the numbered events."""
