"""HTTP/1.1 for a stateless server: one application instance for each request, on h11.

For tests, tools and learning. It has no TLS, no HTTP/2 and no lifespan: Hypercorn has them.
"""

from hubbub.composite.stateless.http.server import HttpServer

__all__ = ["HttpServer"]
