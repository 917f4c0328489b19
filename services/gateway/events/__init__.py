"""The stream of events that clients follow."""
