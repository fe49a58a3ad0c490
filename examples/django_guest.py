"""A Django site as a guest under a prefix, in one file (seeds 3.3).

    hypercorn examples.django_guest:app --bind 127.0.0.1:8000

Django takes the prefix from the scope's `root_path`: `reverse` and the links of its pages have it by themselves. Its
ASGI handler knows neither lifespan nor WebSocket; both are ours.
"""

from __future__ import annotations

import os
import secrets

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from hubbub.composite import CompositeApp, Drain, SocketServer

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY") or secrets.token_urlsafe(),
)


async def greet(request: HttpRequest, name: str) -> HttpResponse:
    await sockets.emit("greeted", name)
    return HttpResponse(f"Hello, {name}, at {reverse(greet, args=[name])}\n", content_type="text/plain")


urlpatterns = [path("hello/<str:name>", greet)]
sockets = SocketServer(namespaces=["/"])  # that no handler names: clients may connect, and only listen
app = CompositeApp(sockets, guests={"/site": get_asgi_application()}, drain=Drain())
