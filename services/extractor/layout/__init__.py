"""Recognises blocks on a page from the positions of its text; imports no PDF library."""
