"""What HTTP services share: middleware, authentication, problems, the server."""
