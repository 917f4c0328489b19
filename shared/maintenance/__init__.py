"""Checks and repairs of what is stored: verify, rebuild, clean-up."""
