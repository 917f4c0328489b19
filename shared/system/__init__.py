"""What the operating system offers beyond the standard library: process attributes (Linux)."""
