"""Runs Quire on this computer without containers: private servers, and each service as a process.

`python -m deploy.local` runs everything; tests use `Cluster` and the server classes.
"""
