"""Reads files of each format as pages of blocks, in reading order."""
