"""The HTTP layer of all services: middleware, authentication, problems, the server."""
