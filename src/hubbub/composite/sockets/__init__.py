"""The Engine.IO and Socket.IO layer under `SocketServer`; each module has one duty and none knows of chat."""
