"""Finds the passages that match a question."""
