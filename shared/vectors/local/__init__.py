"""The index in a folder, kept open by a process of its own."""
