"""The native WebSocket: the commands and events of Socket.IO as JSON text frames.  Knows no other transport."""
