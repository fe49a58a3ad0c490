"""Is it well: `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from quart import Blueprint, Response
from quart_schema.extension import hide

from hubbub.contract.errors import ErrorCode, HubbubError

RETRY_AFTER_SECONDS = 1.0


@dataclass(frozen=True)
class Condition:
    """`unready` says why the server should get no new clients, None when it should."""

    unready: Callable[[], str | None]
    registry: CollectorRegistry


def server_blueprint(condition: Condition) -> Blueprint:
    """The addresses outside `/api/v1`; they need no session and are made for machines on a schedule."""
    blueprint = Blueprint("server", __name__)

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

    return blueprint
