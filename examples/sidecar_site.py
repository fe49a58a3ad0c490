"""A Flask site that stays under its WSGI server, with live updates from the sidecar beside it (seeds 3.6).

    SIDECAR=http://127.0.0.1:8001 gunicorn examples.sidecar_site:app --bind 127.0.0.1:8000

Nothing in it waits for a client: it tells the sidecar what is new (examples/sidecar.py), and that tells the pages.
deploy/sidecar.nginx.conf puts both on one address.
"""

from __future__ import annotations

import os
from collections import deque
from urllib.request import Request, urlopen

from flask import Flask, request

TELL_SECONDS = 2.0  # a site must not wait for its sidecar

app = Flask(__name__)
orders: deque[str] = deque(maxlen=100)


@app.get("/")
def home() -> str:
    return f"{len(orders)} orders\n"


@app.post("/orders")
def order() -> tuple[str, int]:
    what = request.get_data(as_text=True)
    orders.append(what)
    try:
        urlopen(Request(f"{os.environ['SIDECAR']}/internal/tell", what.encode()), timeout=TELL_SECONDS).close()
    except OSError as error:
        app.logger.warning("the pages were not told of an order: %s", error)  # it counts all the same
    return "ordered\n", 201
