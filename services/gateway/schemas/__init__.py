"""The JSON shapes that clients send and receive."""
