"""Checks what an answer claims against the sentences that it cites."""
