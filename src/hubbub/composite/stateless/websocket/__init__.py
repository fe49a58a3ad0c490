"""WebSocket for a stateless server: one application instance for each connection, on the library websockets.

For tests, tools and learning, as its sister for HTTP; needs the extra `websocket`.
"""

from hubbub.composite.stateless.websocket.server import WebSocketServer

__all__ = ["WebSocketServer"]
