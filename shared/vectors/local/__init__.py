"""The index in a folder, opened by a process of its own."""
