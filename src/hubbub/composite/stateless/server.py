"""`StatelessServer`: application instances for protocols without connections, made, found, bounded and ended.

A drop-in for `asgiref.server.StatelessServer`; docs/decisions/0018-stateless-servers.md says what it mends of that.
Knows no protocol: a subclass has its own `handle` and `application_send`.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from hubbub.composite.stateless.instances import Activity, InputQueue, Instance, InstanceTotals, ScopeId
from hubbub.composite.stateless.limits import END_SECONDS, ENDING_APPLICATIONS, IDLE_SECONDS, QUEUE_MESSAGES
from hubbub.composite.stateless.single_callable import single_callable

logger = logging.getLogger(__name__)


class TooManyEnding(Exception):
    """`ENDING_APPLICATIONS` were cancelled and have not ended: they hold up their cancellation."""


class StatelessServer:
    """Base of servers that have one application instance for each `scope_id`.

    A subclass overrides `handle`, which receives, and `application_send`, which sends. For each message `handle` calls
    `get_or_create_application_instance` and puts it into the queue that it gets, or calls `deliver`, which does both.
    At the limit the instance that was longest without a use is ended to make room.
    """

    application_checker_interval = 0.1  # seconds
    application_idle_seconds: float | None = IDLE_SECONDS  # None: an instance lives until its application ends
    application_queue_size = QUEUE_MESSAGES  # 0: no bound

    def __init__(self, application: Callable[..., Any], max_applications: int = 1000) -> None:
        """`application` is of ASGI 3, or of ASGI 2.

        Raises:
            ValueError: for less than one application.
        """
        if max_applications < 1:
            raise ValueError(
                f"max_applications is {max_applications}; a server needs room for one application or more"
            )
        self.application = application
        self.max_applications = max_applications
        # {scope_id: instance}, the one longest without a use first. No dict: to find its first key takes as long as
        # it has had earlier ones.
        self.application_instances: OrderedDict[ScopeId, Instance] = OrderedDict()
        self.totals = InstanceTotals()
        self._ending: dict[asyncio.Task[None], Instance] = {}  # were told to end, and have not
        self._failed: deque[Instance] = deque(maxlen=max_applications)  # to be reported by the checker

    # --- the main loop ---

    def run(self) -> None:
        """Serve in an event loop of its own until `handle` ends, or until Ctrl-C or SIGTERM."""
        try:
            asyncio.run(self._run_until_told())
        except KeyboardInterrupt:
            logger.info("ended by Ctrl-C")

    async def arun(self) -> None:
        """Serve until `handle` ends; then nothing is left running.

        Raises:
            Exception: whatever `handle` or `application_checker` raises.
        """
        handling = asyncio.create_task(self.handle(), name="handle")
        checking = asyncio.create_task(self.application_checker(), name="check applications")
        try:
            done, _ = await asyncio.wait({handling, checking}, return_when=asyncio.FIRST_COMPLETED)
            if handling not in done:
                await checking  # one that just ends leaves `handle` going on
            await handling
        finally:
            for task in (handling, checking):
                task.cancel()
            await asyncio.gather(handling, checking, return_exceptions=True)
            await self.end_applications()

    async def handle(self) -> None:
        """Receive messages and give them to instances; when it returns, the server ends."""
        raise NotImplementedError("Override handle(): it receives messages and gives them to application instances.")

    async def application_send(self, scope: Any, message: Any) -> None:
        """Send what an application has sent."""
        raise NotImplementedError("Override application_send(): it is given what applications send.")

    # --- application instances ---

    def get_or_create_application_instance(self, scope_id: ScopeId, scope: Any) -> asyncio.Queue[Any]:
        """The input queue of the instance with this id; without one that runs, one is made with `scope`.

        Raises:
            TooManyEnding: applications hold up their cancellation; take the message for lost, or wait.
        """
        details = self.application_instances.get(scope_id)
        if details is not None:
            if not details["future"].done():
                details["last_used"] = time.time()
                details["activity"].touch()
                self.application_instances.move_to_end(scope_id)
                return details["input_queue"]
            self.delete_application_instance(scope_id)  # nobody would read its queue
        while len(self.application_instances) >= self.max_applications:
            self.delete_oldest_application_instance()
        if len(self._ending) >= ENDING_APPLICATIONS:
            raise TooManyEnding(f"{len(self._ending)} applications were cancelled and have not ended")
        return self._create(scope_id, scope)["input_queue"]

    def deliver(self, scope_id: ScopeId, scope: Any, message: Any) -> None:
        """Give a message to the instance with this id, which is made if need be.

        Raises:
            asyncio.QueueFull: `application_queue_size` messages wait for it.
            TooManyEnding: as `get_or_create_application_instance`.
        """
        self.get_or_create_application_instance(scope_id, scope).put_nowait(message)

    def delete_oldest_application_instance(self) -> None:
        """End the instance that was longest without a use."""
        scope_id = next(iter(self.application_instances), None)
        if scope_id is not None:
            self.totals.evicted += 1
            self.delete_application_instance(scope_id)

    def delete_application_instance(self, scope_id: ScopeId) -> None:
        """Take an instance out and cancel it; `applications_ended` waits until it has cleaned up.

        Raises:
            KeyError: there is none.
        """
        details = self.application_instances.pop(scope_id)
        self._ending[details["future"]] = details
        details["future"].add_done_callback(self._ended)
        details["future"].cancel()

    async def applications_ended(self, seconds: float = END_SECONDS) -> bool:
        """Wait for instances that were deleted; whether all have ended by then."""
        if self._ending:
            await asyncio.wait(self._ending, timeout=seconds)
        return not self._ending

    async def end_applications(self) -> None:
        """Delete all instances, wait for them, and report those that failed."""
        for scope_id in list(self.application_instances):
            self.delete_application_instance(scope_id)
        if not await self.applications_ended():
            names = ", ".join(str(details["scope_id"]) for details in self._ending.values())
            logger.error("applications hold up their cancellation and are left behind: %s", names)
        await self._report()

    async def application_checker(self) -> None:
        """Again and again: end what is idle, take out what has ended, and report what failed."""
        while True:
            await asyncio.sleep(self.application_checker_interval)
            for scope_id, details in list(self.application_instances.items()):
                if details["future"].done():
                    self.delete_application_instance(scope_id)
                elif self._is_idle(details):
                    self.totals.expired += 1
                    self.delete_application_instance(scope_id)
            await asyncio.sleep(0)  # the callbacks of those that had ended
            await self._report()

    async def application_exception(self, exception: BaseException, application_details: Instance) -> None:
        """An application has raised; override it to do more than to log it."""
        logger.error("application %s failed", application_details["scope_id"], exc_info=exception)

    async def _run_until_told(self) -> None:
        task = asyncio.current_task()
        told = False

        def tell() -> None:
            nonlocal told
            told = True
            if task is not None:
                task.cancel()

        if threading.current_thread() is threading.main_thread():  # signals come to no other
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, tell)
        try:
            await self.arun()
        except asyncio.CancelledError:
            if not told:
                raise
            logger.info("ended by SIGTERM")

    def make_input_queue(self, activity: Activity) -> InputQueue:
        """A queue for a new instance; override it for one that can do more."""
        return InputQueue(self.application_queue_size, activity)

    def _create(self, scope_id: ScopeId, scope: Any) -> Instance:
        activity = Activity.begin()
        queue = self.make_input_queue(activity)

        async def send(message: Any) -> None:
            activity.messages_out += 1
            activity.touch()
            await self.application_send(scope, message)

        async def live() -> None:
            await single_callable(self.application)(scope, queue.get, send)

        details = self.application_instances[scope_id] = Instance(
            input_queue=queue,
            future=asyncio.create_task(live(), name=f"application {scope_id}"),
            scope=scope,
            last_used=time.time(),
            scope_id=scope_id,
            activity=activity,
        )
        self.totals.created += 1
        return details

    def _is_idle(self, details: Instance) -> bool:
        limit = self.application_idle_seconds
        return limit is not None and details["activity"].idle_seconds() > limit

    def _ended(self, future: asyncio.Task[None]) -> None:
        details = self._ending.pop(future)
        if not future.cancelled() and future.exception() is not None:
            self.totals.failed += 1
            self._failed.append(details)

    async def _report(self) -> None:
        while self._failed:
            details = self._failed.popleft()
            exception = details["future"].exception()
            if exception is None:
                continue
            try:
                await self.application_exception(exception, details)
            except Exception:
                logger.exception("application_exception failed for application %s", details["scope_id"])
