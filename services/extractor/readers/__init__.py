"""One reader per format: a file in, pages of blocks out, in reading order."""
