"""Checks, repairs and cleans up stored data."""
