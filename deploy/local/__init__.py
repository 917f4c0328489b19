"""Quire on this computer without containers: private servers, and every service as a process.

`python -m deploy.local` runs the whole; tests use `Cluster` and the servers' classes.
"""
