"""One lifespan for the application and those inside it: started in order, stopped in reverse, within bounds.

Knows ASGI and hooks; nothing of a server, of requests or of draining.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, TypeVar

from hubbub.composite.inner_lifespan import InnerLifespan
from hubbub.composite.limits import HOOK_SECONDS
from hubbub.composite.mounts import Guest
from hubbub.composite.types import AnyASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

# A function, a coroutine function, whatever returns an awaitable, or (to start) an async context manager or what
# returns one.
Hook = Callable[[], Any]
StartHook = Hook | AbstractAsyncContextManager[Any]
Hooks = Hook | Sequence[Hook] | None
StartHooks = StartHook | Sequence[StartHook] | None

T = TypeVar("T")


class Lifespan:
    """The hooks, the inner application and the guests between start and stop; serves one lifespan scope.

    Order of the start: `on_startup`, one after the other, then the inner application, then the guests as listed.
    Order of the stop: the guests in reverse, the inner application, `on_shutdown` as listed, then the context managers
    among `on_startup`, last entered first left.
    """

    def __init__(
        self,
        inner: AnyASGIApp | None,
        on_startup: StartHooks,
        on_shutdown: Hooks,
        *,
        guests: Sequence[Guest] = (),
        before_start: Callable[[], None] | None = None,
        before_stop: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`before_start` may raise what keeps the server from starting.

        `before_stop` is awaited before a regular stop, and is bounded by itself.
        """
        self._inside: list[tuple[AnyASGIApp, str]] = [] if inner is None else [(inner, "the inner application")]
        self._inside += [(guest, guest.name) for guest in guests]
        self._on_startup: tuple[StartHook, ...] = _listed(on_startup)
        self._on_shutdown: tuple[Hook, ...] = _listed(on_shutdown)
        self._before_start = before_start
        self._before_stop = before_stop
        self._started: list[_StartHook] = []
        self._inner: list[InnerLifespan] = []  # those that were asked to start
        self._stopping: asyncio.Task[str | None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            while True:
                kind = (await receive())["type"]
                if kind == "lifespan.startup":
                    failure = await self._start(scope)
                    if failure is not None:
                        await self._stop_once(gently=False)
                        await send(_message("lifespan.startup.failed", failure))
                        return
                    await send({"type": "lifespan.startup.complete"})
                elif kind == "lifespan.shutdown":
                    failure = await self.stop()
                    kind = "lifespan.shutdown.complete" if failure is None else "lifespan.shutdown.failed"
                    await send(_message(kind, failure))
                    return
        finally:
            # The server gave up, for example because its port is taken: what was started is stopped all the same.
            await self._stop_once(gently=False)

    async def stop(self) -> str | None:
        """Stop everything, once; the second caller waits for the first. What went wrong, as text, or `None`."""
        return await self._stop_once(gently=True)

    async def _start(self, scope: Scope) -> str | None:
        waited_for = "the server"
        try:
            if self._before_start is not None:
                self._before_start()
            for hook in self._on_startup:
                waited_for = _name(hook)
                self._started.append(await _StartHook(hook).start())
            for app, waited_for in self._inside:
                self._inner.append(InnerLifespan(app, scope, waited_for))
                await self._inner[-1].start()
        except asyncio.CancelledError:
            logger.error("start was broken off while it waited for %s", waited_for)
            raise
        except Exception as error:
            log_start_failure(error)
            return str(error)
        return None

    async def _stop_once(self, *, gently: bool) -> str | None:
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_task(self._stop(gently), name="lifespan stop")
        return await asyncio.shield(self._stopping)

    async def _stop(self, gently: bool) -> str | None:
        if gently and self._before_stop is not None:
            await self._before_stop()
        failures: list[str] = []
        for inner in reversed(self._inner):
            await _stop_bounded(inner.name, inner.stop(), failures)
        # Without start-up hooks there is nothing that may be missing; with them, at least one must have run.
        if self._started or not self._on_startup:
            for hook in self._on_shutdown:
                await _stop_bounded(_name(hook), _run(hook), failures)
        for entered in reversed(self._started):
            await _stop_bounded(entered.name, entered.stop(), failures)
        return failures[0] if failures else None


class _StartHook:
    """One start-up hook, in a task of its own: a context manager must be left by the task that entered it."""

    def __init__(self, hook: StartHook) -> None:
        self.name = _name(hook)
        self._hook = hook
        self._entered = asyncio.Event()
        self._leave = asyncio.Event()

    async def start(self) -> _StartHook:
        self._task = asyncio.get_running_loop().create_task(self._live(), name=f"hook {self.name}")
        entered = asyncio.ensure_future(self._entered.wait())
        try:
            await asyncio.wait({self._task, entered}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._task.cancel()
            raise
        finally:
            entered.cancel()
        if self._task.done():
            self._task.result()
        return self

    async def stop(self) -> None:
        self._leave.set()
        await self._task

    async def _live(self) -> None:
        result = self._hook if isinstance(self._hook, AbstractAsyncContextManager) else self._hook()
        if isinstance(result, AbstractAsyncContextManager):
            async with result:
                self._entered.set()
                await self._leave.wait()
        elif inspect.isawaitable(result):
            await result


def log_start_failure(error: Exception) -> None:
    """One line with the reason. A traceback as well where it is a mistake in the program.

    Python's own exceptions are such mistakes, except for those of the system; an exception that somebody has defined
    says by itself what is wrong.
    """
    mistake = type(error).__module__ == "builtins" and not isinstance(error, OSError)
    logger.error("start failed: %s: %s", type(error).__name__, error, exc_info=error if mistake else None)


async def _run(hook: Hook) -> None:
    result = hook()
    if inspect.isawaitable(result):
        await result


async def _stop_bounded(name: str, work: Awaitable[None], failures: list[str]) -> None:
    """Wait `HOOK_SECONDS` for it. A failure is noted; what hangs is logged and left behind."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=HOOK_SECONDS)
    if not done:
        logger.error("stopping %s took longer than %g s and was given up", name, HOOK_SECONDS)
        task.cancel()
    elif task.cancelled():
        logger.warning("stopping %s was cancelled", name)
    elif (error := task.exception()) is not None:
        logger.error("stopping %s failed: %r", name, error, exc_info=error)
        failures.append(str(error))


def _listed(hooks: T | Sequence[T] | None) -> tuple[T, ...]:
    if hooks is None:
        return ()
    return tuple(hooks) if isinstance(hooks, Sequence) else (hooks,)


def _name(hook: StartHook) -> str:
    while isinstance(hook, partial):
        hook = hook.func
    return str(getattr(hook, "__qualname__", None) or type(hook).__qualname__)


def _message(kind: str, text: str | None) -> dict[str, Any]:
    return {"type": kind, "message": text} if text else {"type": kind}
