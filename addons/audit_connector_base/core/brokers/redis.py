"""Redis streams: messages are appended with XADD, and come through a consumer group.

Redis does not recognise what is sent again: a reader has to, by the field ``id``. What waits at the same time goes in
one pipeline.
"""

import asyncio
import json

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ..dial import Refused, Unreachable
from .link import Client, Picked, Trouble, network_trouble

FIELDS = ("id", "type", "content_type", "body", "traceparent")
IDLE = 60_000  # milliseconds after which what another reader of the group left unconfirmed is taken over
PIPELINE = 500  # messages at most in one pipeline
MAX_TEXT = 200  # characters of a text of the server's that are passed on


class RedisClient(Client):
    """One connection.

    ``database``: its number; ``max_length``: about how many messages a stream keeps, 0 for all; ``replicas``: how many
    must have a message before it counts as taken; ``stream``, ``group``, ``consumer``: what ``take`` takes from, in
    whose name.
    """

    def __init__(self, dialler, address, database=0, max_length=0, replicas=0, stream="", group="", consumer=""):
        super().__init__(dialler, address)
        self.database = database
        self.max_length = max_length
        self.replicas = replicas
        self.stream = stream
        self.group = group
        self.consumer = consumer
        self._redis = None
        self._waiting = []  # (letter, future)
        self._sending = None
        self.ready = False
        self._after = None  # where reading goes on: an id while left-overs are read, then ">"

    async def open(self):
        pool = ConnectionPool(
            connection_class=_Connection,
            client=self,
            username=self.address.login or None,
            password=self.address.secret or None,
            db=self.database,
            protocol=2,
            socket_timeout=None,
            # Appending is not repeatable.
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis(connection_pool=pool, single_connection_client=True)
        try:
            await self._redis.initialize()
            await self._redis.ping()
            self.ready = True
        except exceptions.RedisError as error:
            raise _trouble(error) from error

    async def publish(self, letter):
        taken = asyncio.get_running_loop().create_future()
        self._waiting.append((letter, taken))
        if not self._sending:
            self._sending = asyncio.ensure_future(self._send_waiting())
        return await taken

    async def take(self, limit, seconds):
        try:
            if self._after is None:
                await self._join_group()
            picked = await self._read(limit, seconds)
            if not picked and self._after != ">":
                self._after = ">"
                picked = await self._read(limit, seconds)
        except exceptions.RedisError as error:
            raise _trouble(error) from error
        return picked

    async def confirm(self, handles):
        try:
            await self._redis.xack(self.stream, self.group, *handles)
        except exceptions.RedisError as error:
            raise _trouble(error) from error

    async def close(self):
        if self._sending:
            self._sending.cancel()
        if self._redis:
            await self._redis.aclose()
            await self._redis.connection_pool.disconnect()

    async def _send_waiting(self):
        """Send all that waits in one pipeline, and again what came meanwhile."""
        try:
            while self._waiting:
                letters, self._waiting = self._waiting[:PIPELINE], self._waiting[PIPELINE:]
                try:
                    answers = await self._send([letter for letter, _taken in letters])
                except exceptions.RedisError as error:
                    answers = [error] * len(letters)
                for (_letter, taken), answer in zip(letters, answers):
                    if taken.done():
                        continue
                    if isinstance(answer, Exception):
                        taken.set_exception(_trouble(answer))
                    else:
                        taken.set_result("stored as %s" % answer)
        finally:
            self._sending = None

    async def _send(self, letters):
        """Return an id or an exception for each of ``letters``."""
        pipeline = self._redis.pipeline(transaction=False)
        for letter in letters:
            values = (letter.id, letter.type, letter.content_type, letter.body, letter.trace)
            fields = {name: value for name, value in zip(FIELDS, values) if value}
            pipeline.xadd(letter.route, fields, maxlen=self.max_length or None, approximate=True)
        if self.replicas:
            # The link's own deadline ends it when they are too slow.
            pipeline.execute_command("WAIT", self.replicas, 0)
        answers = await pipeline.execute(raise_on_error=False)
        if not self.replicas:
            return [_decoded(answer) for answer in answers]
        return [_decoded(answer) for answer in answers[:-1]]

    async def _join_group(self):
        try:
            await self._redis.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except exceptions.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        # What a reader of another name took and never confirmed; it then belongs to what was left over.
        await self._redis.xautoclaim(self.stream, self.group, self.consumer, IDLE, "0-0", count=PIPELINE, justid=True)
        self._after = "0"

    async def _read(self, limit, seconds):
        answer = await self._redis.xreadgroup(
            self.group,
            self.consumer,
            {self.stream: self._after},
            count=limit,
            block=max(int(seconds * 1000), 1) if self._after == ">" else None,
        )
        entries = [entry for _stream, found in answer or [] for entry in found]
        if entries and self._after != ">":
            self._after = entries[-1][0]
        for entry_id, fields in entries:
            if not fields:
                # Deleted from the stream meanwhile; only its place in the list of the group is left.
                await self._redis.xack(self.stream, self.group, entry_id)
        return [_picked(entry_id, fields) for entry_id, fields in entries if fields]


class _Connection(AbstractConnection):
    """A connection over a socket of the client's dialler."""

    def __init__(self, *, client, **options):
        self._client = client
        super().__init__(**options)

    async def _connect(self):
        client = self._client
        address = client.address
        tls = {"ssl": client.dialler.tls, "server_hostname": address.host} if address.tls else {}
        try:
            self._reader, self._writer = await asyncio.open_connection(sock=await client.dialled(), **tls)
        except OSError as error:
            # The library would put the error's text into one of its own, without its kind.
            raise network_trouble(error) from error

    async def disconnect(self, *arguments, **options):
        await super().disconnect(*arguments, **options)
        # It would connect again by itself, and the group would be read as if nothing had been left over.
        if self._client.ready:
            self._client.lose(network_trouble(ConnectionResetError()))

    def repr_pieces(self):
        return [("host", self._client.address.host), ("port", self._client.address.port)]

    def _host_error(self):
        return "%s:%d" % (self._client.address.host, self._client.address.port)


def _picked(entry_id, fields):
    """A message of ours has a field ``body``; of others all fields together are taken for the message."""
    said = {_decoded(name): value for name, value in fields.items()}
    body = said.pop("body", None)
    headers = {name: value.decode("utf-8", "replace") for name, value in said.items()}
    if body is None:
        body = json.dumps(headers, ensure_ascii=False).encode()
    return Picked(
        headers.get("id") or None, headers.get("content_type") or "application/json", body, headers, _decoded(entry_id)
    )


def _trouble(error):
    if isinstance(error.__cause__, (Refused, Unreachable)):
        return error.__cause__
    text = _text(error)
    if isinstance(error, (exceptions.AuthenticationError, exceptions.AuthenticationWrongNumberOfArgsError)):
        return Trouble(
            "retry", "the server does not accept user name and password. Check both here and there", "login", ends=True
        )
    if isinstance(error, exceptions.NoPermissionError):
        return Trouble("retry", "the server does not permit this to the user: %s" % text, "login")
    if isinstance(error, (exceptions.OutOfMemoryError, exceptions.BusyLoadingError)):
        return Trouble("slow_down", "the server cannot store messages at present: %s" % text)
    if isinstance(error, exceptions.ReadOnlyError):
        reason = "the server is a replica and stores nothing. Enter the address of the primary"
        return Trouble("retry", reason, "settings")
    if isinstance(error, (exceptions.ConnectionError, exceptions.TimeoutError)):
        return Trouble("retry", "the connection to the server was closed", "reset", ends=True)
    if "WRONGTYPE" in str(error):
        return Trouble("retry", "the name of the stream is taken by something that is no stream", "settings")
    if "WRONGPASS" in str(error) or "NOAUTH" in str(error):
        return Trouble(
            "retry", "the server does not accept user name and password. Check both here and there", "login", ends=True
        )
    return Trouble("retry", "the server refused: %s" % text)


def _decoded(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _text(text):
    return str(text or "")[:MAX_TEXT]
