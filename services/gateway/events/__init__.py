"""The stream of events for clients."""
