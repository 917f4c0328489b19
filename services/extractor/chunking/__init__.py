"""The parts of chunking: where to cut, running text, tables and pictures as text."""
