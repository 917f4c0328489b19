"""Makes answers with citations from passages."""
