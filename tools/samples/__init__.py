"""Generators of the sample documents, one module per document, with a shared house style."""
