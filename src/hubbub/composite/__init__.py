"""A composite ASGI application for Socket.IO beside anything else, under Hypercorn; a library of its own.

It knows nothing of chat. Everything that an application takes from it is here: the application and its lifespan, how
it is served, the socket server, background tasks, and the middleware of the door, each of which is usable alone, under
any ASGI server and around any ASGI application.
"""

from hubbub.composite.access_log import AccessLogMiddleware
from hubbub.composite.addresses import Networks
from hubbub.composite.app import CompositeApp
from hubbub.composite.bodies import BodiesMiddleware
from hubbub.composite.body_reading import BodyLimits
from hubbub.composite.connections import ConnectionBounds, ConnectionsMiddleware
from hubbub.composite.draining import Drain
from hubbub.composite.headers import HeadersMiddleware
from hubbub.composite.origin import OriginMiddleware
from hubbub.composite.problem import Problem
from hubbub.composite.proxies import ProxiesMiddleware
from hubbub.composite.rates import Rate, RateLimiter, RateLimitMiddleware
from hubbub.composite.request_id import RequestIdMiddleware
from hubbub.composite.serving import ServeConfig, serve
from hubbub.composite.socket_server import SocketServer
from hubbub.composite.supervision import TaskCounts, Tasks
from hubbub.composite.wsgi_guest import wsgi_guest

__all__ = [
    "AccessLogMiddleware",
    "BodiesMiddleware",
    "BodyLimits",
    "CompositeApp",
    "ConnectionBounds",
    "ConnectionsMiddleware",
    "Drain",
    "HeadersMiddleware",
    "Networks",
    "OriginMiddleware",
    "Problem",
    "ProxiesMiddleware",
    "Rate",
    "RateLimitMiddleware",
    "RateLimiter",
    "RequestIdMiddleware",
    "ServeConfig",
    "SocketServer",
    "TaskCounts",
    "Tasks",
    "serve",
    "wsgi_guest",
]
