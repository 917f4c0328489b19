"""Bytes to pages, pages to blocks, blocks to chunks; the parser runs in a capped child process."""
