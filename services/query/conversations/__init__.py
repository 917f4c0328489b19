"""Conversations: follow-up questions, and the turns before them."""
