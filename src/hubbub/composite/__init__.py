"""A composite ASGI application for Socket.IO beside anything else, under Hypercorn; a library of its own.

It knows nothing of chat. What most applications need is here; the doors (origins, proxies, rates, connections,
bodies, headers) are middleware in modules of their names.
"""

from hubbub.composite.app import CompositeApp
from hubbub.composite.draining import Drain
from hubbub.composite.problem import Problem
from hubbub.composite.serving import ServeConfig, serve
from hubbub.composite.socket_server import SocketServer
from hubbub.composite.supervision import TaskCounts, Tasks
from hubbub.composite.wsgi_guest import wsgi_guest

__all__ = [
    "CompositeApp",
    "Drain",
    "Problem",
    "ServeConfig",
    "SocketServer",
    "TaskCounts",
    "Tasks",
    "serve",
    "wsgi_guest",
]
