"""Runs Quire on this computer without containers: private servers, and each service as a process.

`python -m deploy.local` runs all of it; tests use `Cluster` and the classes of the servers.
"""
