"""How hostile files are kept away from the service: a warm process, and one reader per file."""
