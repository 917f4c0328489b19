"""Detects the types of files and cleans their names, for uploads and for files within files."""
