"""Receives, checks and stores uploaded files."""
