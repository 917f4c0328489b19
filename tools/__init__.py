"""Commands for Quire's developers; nothing of it is installed."""
