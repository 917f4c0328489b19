"""Functions that read and write the tables, a module for each; the caller owns the `Session`."""
