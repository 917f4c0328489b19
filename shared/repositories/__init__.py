"""Functions that read and write one table each; the caller owns the `Session`."""
