"""The log of questions, and what it adds up to."""
