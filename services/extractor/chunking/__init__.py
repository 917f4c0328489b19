"""Cuts blocks into chunks: running text, tables, pictures, and batches of chunks."""
