"""The ledger: tasks, leases, steps and the states of documents."""
