"""One kept connection to a broker, for callers that are threads.

The brokers' clients are asynchronous and none may be used from several threads, so they live in a thread of their own
with an event loop. Whoever calls waits for a result, and not longer than the deadline: every call is given up then,
whatever drips in.
"""

import asyncio
import contextlib
import ssl
import threading
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, NamedTuple

from ..dial import Unreachable

GOODBYE = 2  # seconds for saying goodbye


class Trouble(Exception):
    """A broker does not take or give a message.

    ``verdict``: as in ``core.retry`` (``retry``, ``slow_down``, ``dead``); ``reason``: what happened and what to do
    about it; ``fault``: a kind of ``dial.Unreachable``, ``login``, ``broker``, ``route``, ``size`` or ``settings``;
    ``ends``: whether the connection is of no more use.
    """

    def __init__(self, verdict, reason, fault="broker", ends=False):
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
        self.fault = fault
        self.ends = ends


class Letter(NamedTuple):
    """A message on its way to a broker.

    ``route``: routing key, subject or stream; ``created_at``: aware datetime; ``trace``: ``traceparent`` or empty.
    """

    id: str
    type: str
    content_type: str
    body: bytes
    route: str
    created_at: Any
    trace: str = ""


class Picked(NamedTuple):
    """A message that a broker gave. ``id``: None where it came without; ``handle``: what the client confirms it by."""

    id: str | None
    content_type: str
    body: bytes
    headers: dict
    handle: Any


class Address(NamedTuple):
    """Where a broker is: ``tls`` says whether it must be protected; ``login`` and ``secret`` may be empty."""

    host: str
    port: int
    tls: bool
    login: str = ""
    secret: str = ""

    def __repr__(self):
        return "Address(%s:%d)" % (self.host, self.port)


class Client:
    """What ``Link`` keeps: one connection, used from its loop only."""

    def __init__(self, dialler, address):
        self.dialler = dialler
        self.address = address
        self.peer = ""
        self.lost = asyncio.get_running_loop().create_future()

    async def open(self):
        """Connect and sign in; raises ``Trouble``, ``dial.Refused`` or ``dial.Unreachable``."""
        raise NotImplementedError

    async def publish(self, letter):
        """Return what the broker said when it took ``letter`` for good; raises ``Trouble``."""
        raise NotImplementedError

    async def take(self, limit, seconds):
        """Return up to ``limit`` ``Picked`` messages, waiting at most ``seconds`` for the first; raises ``Trouble``."""
        raise NotImplementedError

    async def confirm(self, handles):
        """Tell the broker that the picked messages of ``handles`` must not come again; raises ``Trouble``."""
        raise NotImplementedError

    async def close(self):
        """Say goodbye."""
        raise NotImplementedError

    def lose(self, trouble):
        """Note that the connection is gone: whoever waits for something on it is told."""
        if not self.lost.done():
            self.lost.set_result(trouble)

    async def dialled(self):
        """Return a connected socket that the policy permits, for a client that wraps it by itself."""
        loop = asyncio.get_running_loop()
        sock = await loop.run_in_executor(None, self.dialler.connect, self.address.host, self.address.port)
        self.peer = sock.dialled
        sock.setblocking(False)
        return sock


class Link:
    """Keeps one ``Client`` for any number of threads, and makes another when it was lost.

    ``make``: function without arguments that returns a new client; ``seconds``: how long a call may take, connecting
    included.
    """

    def __init__(self, make, seconds):
        self._make = make
        self._seconds = seconds
        self._client = None
        self._opening = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="audit-broker", daemon=True)
        self._thread.start()

    @property
    def peer(self):
        """Address of the connection there is, or an empty text."""
        return self._client.peer if self._client else ""

    def submit(self, operation, seconds=None):
        """Start ``operation(client)``, a coroutine, and return a future of its result; see ``result_of``.

        ``seconds``: how long it may take, where that is not the link's own time.
        """
        return asyncio.run_coroutine_threadsafe(
            self._perform(operation, self._seconds if seconds is None else seconds), self._loop
        )

    def call(self, operation, seconds=None):
        """Return the result of ``operation(client)``; raises ``Trouble``, ``dial.Refused`` or ``dial.Unreachable``."""
        return result_of(self.submit(operation, seconds), (self._seconds if seconds is None else seconds) + GOODBYE)

    def close(self):
        """Hang up and end the thread; calls that are still under way are told that the connection is gone."""
        if self._loop.is_closed():
            return
        with contextlib.suppress(FutureTimeout):
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(2 * GOODBYE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(GOODBYE)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        finally:
            self._loop.close()

    async def _perform(self, operation, seconds):
        used = []
        try:
            return await asyncio.wait_for(self._attempt(operation, used), seconds)
        except asyncio.TimeoutError:
            await self._drop(*used)
            raise Unreachable("timeout", "no answer of the broker in time") from None
        except Exception as error:
            # One that nobody foresaw leaves the connection in a state that nobody knows.
            if getattr(error, "ends", True):
                await self._drop(*used)
            raise

    async def _attempt(self, operation, used):
        """Run ``operation`` and note in ``used`` on which client: by its end there may be another one already."""
        client = await self._connected()
        used.append(client)
        return await _unless_lost(client, operation(client))

    async def _connected(self):
        """The client there is, or a new one: all that wait at the same time wait for the same attempt."""
        if self._client and not self._client.lost.done():
            return self._client
        if not self._opening:
            self._opening = asyncio.ensure_future(self._open())
            self._opening.add_done_callback(self._opened)
        return await asyncio.shield(self._opening)

    async def _open(self):
        await self._drop(self._client)
        client = self._make()
        try:
            await asyncio.wait_for(_unless_lost(client, client.open()), self._seconds)
        except BaseException as error:
            await _closed(client)
            if isinstance(error, asyncio.TimeoutError):
                raise Unreachable("timeout", "the broker did not answer in time") from None
            if isinstance(error, (OSError, EOFError)):
                raise network_trouble(error) from error
            raise
        self._client = client
        return client

    def _opened(self, opening):
        self._opening = None
        # Fetched here, too: those who waited may have given up, and nobody would have looked at it.
        if not opening.cancelled():
            opening.exception()

    async def _drop(self, client=None):
        if client is self._client:
            self._client = None
        if client:
            client.lose(Unreachable("reset", "the connection was given up"))
            await _closed(client)

    async def _hang_up(self):
        if self._opening:
            self._opening.cancel()
        await self._drop(self._client)


async def _unless_lost(client, operation):
    """Return the result of a coroutine, or raise what the connection was lost by meanwhile."""
    task = asyncio.ensure_future(operation)
    try:
        await asyncio.wait({task, client.lost}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not task.done():
            task.cancel()
    if task.done() and not task.cancelled():
        return task.result()
    raise client.lost.result()


async def _closed(client):
    """Close it, with patience but whatever happens: it is of no more use."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(client.close(), GOODBYE)


def result_of(future, seconds):
    """Return the result of a future that ``Link.submit`` gave; ``seconds``: when the loop itself is taken for stuck."""
    try:
        return future.result(seconds)
    except (FutureTimeout, asyncio.CancelledError):
        future.cancel()
        raise Unreachable("timeout", "no answer of the broker in time") from None


def network_trouble(error):
    """Translate an error of socket or TLS into ``dial.Unreachable``; the text never quotes the other side."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable("tls", "the certificate is not accepted: %s" % error.verify_message)
    if isinstance(error, ssl.SSLError):
        return Unreachable("tls", "TLS failed: %s" % (error.reason or "connection ended").replace("_", " ").lower())
    if isinstance(error, TimeoutError):
        return Unreachable("timeout", "no connection in time")
    if isinstance(error, ConnectionRefusedError):
        return Unreachable("connect", "the connection was refused")
    if isinstance(error, (ConnectionError, EOFError)):
        return Unreachable("reset", "the connection was closed")
    return Unreachable("connect", "no connection: %s" % (getattr(error, "strerror", None) or type(error).__name__))
