"""From a request to a stored document."""
