"""Is it well: `/healthz`, `/readyz` and `/metrics`, and the documents `/openapi.json` and `/docs`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from quart import Blueprint, Quart, Response
from quart_schema import QuartSchema
from quart_schema.extension import hide

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.transports.rest.documentation import STYLE_PATH, page
from hubbub.transports.rest.documentation_style import STYLE

RETRY_AFTER_SECONDS = 1.0


@dataclass(frozen=True)
class Condition:
    """`unready` says why the server should get no new clients, None when it should."""

    unready: Callable[[], str | None]
    registry: CollectorRegistry


def server_blueprint(condition: Condition, schema: QuartSchema) -> Blueprint:
    """The addresses outside `/api/v1`; they need no session and are made for machines on a schedule."""
    blueprint = Blueprint("server", __name__)

    @cache
    def document() -> dict[str, object]:
        found: dict[str, object] = schema.openapi_provider.schema()
        return found

    @cache
    def documentation() -> str:
        return page(document())

    @blueprint.get("/healthz")
    @hide
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @blueprint.get("/readyz")
    @hide
    async def readiness() -> dict[str, str]:
        reason = condition.unready()
        if reason is not None:
            raise HubbubError(ErrorCode.SERVER_BUSY, reason, retry_after=RETRY_AFTER_SECONDS)
        return {"status": "ready"}

    @blueprint.get("/metrics")
    @hide
    async def metrics() -> Response:
        return Response(generate_latest(condition.registry), content_type=CONTENT_TYPE_LATEST)

    @blueprint.get("/openapi.json")
    @hide
    async def openapi() -> dict[str, object]:
        return document()

    @blueprint.get("/docs")
    @hide
    async def docs() -> Response:
        return Response(documentation(), content_type="text/html; charset=utf-8")

    @blueprint.get(STYLE_PATH)
    @hide
    async def docs_style() -> Response:
        return Response(STYLE, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=3600"})

    return blueprint


def mount(app: Quart, condition: Condition, schema: QuartSchema) -> None:
    """Put these addresses on an application."""
    app.register_blueprint(server_blueprint(condition, schema))
