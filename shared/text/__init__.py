"""Text, wherever it comes from: sentences, and what an encoder need not read."""
