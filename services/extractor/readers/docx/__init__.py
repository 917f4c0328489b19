"""Reads DOCX as a stream; `read` is the reader, the other files read one kind of content each."""

from services.extractor.readers.docx.reader import read

__all__ = ["read"]
