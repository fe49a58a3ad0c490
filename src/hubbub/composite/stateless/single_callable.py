"""Applications of ASGI 2, which are called twice, as those of ASGI 3, which are called once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from hubbub.composite.types import AnyASGIApp


def single_callable(application: Callable[..., Any]) -> AnyASGIApp:
    """The application as `await application(scope, receive, send)`; one that is called twice is wrapped.

    Source: the ASGI specification, “Legacy applications”. An application can say which it is by an attribute
    `_asgi_single` or `_asgi_double`, as asgiref's can.
    """
    if not _is_called_twice(application):
        return application

    async def called_once(scope: Any, receive: Any, send: Any) -> None:
        await application(scope)(receive, send)

    return called_once


def _is_called_twice(application: Callable[..., Any]) -> bool:
    if getattr(application, "_asgi_single", False):
        return False
    if getattr(application, "_asgi_double", False) or inspect.isclass(application):
        return True
    # Of an object its `__call__` says it; one without either is a function that returns the second one.
    call = getattr(application, "__call__", application)  # noqa: B004
    return not (inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(call))
