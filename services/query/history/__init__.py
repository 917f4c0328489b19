"""Writes the log of questions, and computes figures from it."""
