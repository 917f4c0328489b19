"""The index in a folder, which a separate process opens."""
