"""The Quart application: blueprints, errors, documents."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version

from quart import Quart
from quart_schema import tag_blueprint

from hubbub.contract import addresses
from hubbub.transports.backend import BackendSource
from hubbub.transports.rest import accounts, changes, events, known_answers, listening, messages, rooms
from hubbub.transports.rest.connection import WholeRequest
from hubbub.transports.rest.documents import documents_blueprint
from hubbub.transports.rest.errors import handle_errors
from hubbub.transports.rest.json import StrictJSON, StrictRequest
from hubbub.transports.rest.listening import Listeners
from hubbub.transports.rest.openapi import describe, openapi_document
from hubbub.transports.rest.operation import EXTENSION
from hubbub.transports.rest.server import Condition, server_blueprint

PREFIX = addresses.API
BACKGROUND_SECONDS = 1  # for Quart's background tasks at the end; less than the lifespan gives the whole of Quart


def create_rest(backend: BackendSource, condition: Condition, listeners: Listeners | None = None) -> Quart:
    """A fresh application; `backend` is first asked for by the first request.

    Whoever has to end what listens before the server can stop gives `listeners`.
    """
    app = Quart("hubbub", static_folder=None)
    app.request_class = StrictRequest
    app.asgi_http_class = WholeRequest
    app.url_map.merge_slashes = False  # an address that is none of ours is answered, not redirected
    app.extensions[EXTENSION] = backend
    app.extensions[known_answers.EXTENSION] = known_answers.KnownAnswers(backend)
    app.extensions[listening.EXTENSION] = listeners or Listeners()
    # The door has read the whole body, within limits, before it is asked for here (`composite.bodies`).
    app.config.update(
        MAX_CONTENT_LENGTH=None,
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        BACKGROUND_TASK_SHUTDOWN_TIMEOUT=BACKGROUND_SECONDS,
    )
    describe(app, version("hubbub"))
    app.json = StrictJSON(app)
    for module in (accounts, rooms, messages, changes, events):
        tag_blueprint(module.blueprint, [module.blueprint.name])
        app.register_blueprint(module.blueprint, url_prefix=PREFIX)
    app.register_blueprint(server_blueprint(condition))
    app.register_blueprint(documents_blueprint(partial(openapi_document, app)))
    handle_errors(app)
    return app
