"""The ledger: tasks, leases, steps, and what becomes of a document."""
