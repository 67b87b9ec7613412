"""NATS JetStream: messages go to a subject that a stream stores, and come through a durable pull consumer.

``Nats-Msg-Id`` lets the server recognise what is sent again; its answer says that the stream has the message for good.
"""

import asyncio
import contextlib

from nats import errors
from nats.aio.client import Client as NatsConnection
from nats.aio.transport import TcpTransport
from nats.js import api
from nats.js import errors as stream_errors

from ..dial import Unreachable
from .link import Client, Picked, Trouble

DAY = 86400
ID_HEADER = "Nats-Msg-Id"
STREAM_NOT_EXPECTED = 10060  # error code of JetStream: the subject belongs to another stream than the one named
STORE_FULL = {10023, 10047, 10077}  # resources exceeded, storage or messages at their limit
MAX_TEXT = 200  # characters of a text of the server's that are passed on


class NatsClient(Client):
    """One connection.

    ``stream``: its name, or empty for whichever stores the subject; ``create``: subjects of the stream to make where it
    is missing, or empty; ``consumer``: name of the durable consumer that ``take`` takes from. Without a user name the
    secret is a token.
    """

    def __init__(self, dialler, address, stream="", create=(), consumer=""):
        super().__init__(dialler, address)
        self.stream = stream
        self.create = list(create)
        self.consumer = consumer
        self._connection = NatsConnection()
        self._jetstream = None
        self._subscription = None
        self._unconfirmed = {}
        self._server_error = None

    async def open(self):
        address = self.address
        # The library takes a transport that is there already; its own would resolve the name again, past the policy.
        self._connection._transport = _Transport(await self.dialled(), address.tls)
        login = {"user": address.login, "password": address.secret} if address.login else {"token": address.secret}
        try:
            await self._connection.connect(
                servers=["nats://broker:%d" % address.port],
                # Otherwise it would go on with whatever other servers this one names.
                allow_reconnect=False,
                name="odoo-audit",
                tls=self.dialler.tls if address.tls else None,
                tls_hostname=address.host,
                error_cb=self._note,
                closed_cb=self._closed,
                connect_timeout=DAY,
                ping_interval=15,
                **{name: value for name, value in login.items() if value},
            )
        except errors.Error as error:
            raise _trouble(error) from error
        self._jetstream = self._connection.jetstream(timeout=DAY)
        if self.create and self.stream:
            await self._create_stream()

    async def publish(self, letter):
        headers = {ID_HEADER: letter.id, "Content-Type": letter.content_type, "Type": letter.type}
        if letter.trace:
            headers["traceparent"] = letter.trace
        try:
            stored = await self._jetstream.publish(
                letter.route, letter.body, stream=self.stream or None, headers=headers
            )
        except stream_errors.NoStreamResponseError:
            raise Trouble(
                "retry",
                "no stream stores the subject “%s”. Make one on the server, or let Odoo make it" % letter.route,
                "route",
            ) from None
        except errors.MaxPayloadError:
            raise Trouble("dead", "the message is larger than the server takes (max_payload)", "size") from None
        except (stream_errors.Error, errors.Error) as error:
            raise self._trouble(error) from error
        return "stored in %s as number %d%s" % (stored.stream, stored.seq, ", again" if stored.duplicate else "")

    async def take(self, limit, seconds):
        if not self._subscription:
            self._subscription = await self._subscribe()
        try:
            messages = await self._subscription.fetch(limit, timeout=max(seconds, 0.1))
        except asyncio.TimeoutError:
            return []
        except (stream_errors.Error, errors.Error) as error:
            raise self._trouble(error) from error
        for message in messages:
            self._unconfirmed[message.reply] = message
        return [_picked(message) for message in messages]

    async def confirm(self, handles):
        for handle in handles:
            message = self._unconfirmed.pop(handle, None)
            if message is None:
                raise Unreachable("reset", "the connection that gave the messages is gone; they come again")
            try:
                await message.ack()
            except errors.Error as error:
                raise self._trouble(error) from error

    async def close(self):
        if self._connection.is_connected:
            with contextlib.suppress(errors.Error, asyncio.TimeoutError):
                for message in self._unconfirmed.values():
                    await message.nak()
                await self._connection.flush(1)
        await self._connection.close()

    async def _create_stream(self):
        """Make the stream unless it is there; it remembers ids as long as a message may be tried again."""
        try:
            await self._jetstream.stream_info(self.stream)
        except stream_errors.NotFoundError:
            with contextlib.suppress(stream_errors.BadRequestError):
                await self._jetstream.add_stream(
                    name=self.stream, subjects=self.create, storage=api.StorageType.FILE, duplicate_window=2 * DAY
                )
        except (stream_errors.Error, errors.Error) as error:
            raise self._trouble(error) from error

    async def _subscribe(self):
        try:
            await self._jetstream.stream_info(self.stream)
            with contextlib.suppress(stream_errors.NotFoundError):
                await self._jetstream.consumer_info(self.stream, self.consumer)
                return await self._jetstream.pull_subscribe_bind(self.consumer, self.stream)
            config = api.ConsumerConfig(durable_name=self.consumer, ack_policy=api.AckPolicy.EXPLICIT, ack_wait=60)
            await self._jetstream.add_consumer(self.stream, config)
            return await self._jetstream.pull_subscribe_bind(self.consumer, self.stream)
        except stream_errors.NotFoundError:
            raise Trouble("retry", "the server has no stream “%s”" % self.stream, "settings") from None
        except (stream_errors.Error, errors.Error) as error:
            raise self._trouble(error) from error

    def _trouble(self, error):
        code = getattr(error, "err_code", None)
        if code == STREAM_NOT_EXPECTED:
            return Trouble(
                "retry", "the subject is stored by another stream than “%s”. Check both names" % self.stream, "settings"
            )
        if code in STORE_FULL or isinstance(error, stream_errors.ServiceUnavailableError):
            return Trouble("slow_down", "the server cannot store messages at present: %s" % _text(error))
        if isinstance(error, errors.TimeoutError) and self._server_error:
            # The server does not answer what it does not permit; it says so beside.
            return _trouble(self._server_error)
        return _trouble(error)

    async def _note(self, error):
        self._server_error = error
        if "permissions violation" in str(error).lower():
            self.lose(_trouble(error))

    async def _closed(self):
        self.lose(_trouble(self._connection.last_error or self._server_error or errors.ConnectionClosedError()))


class _Transport(TcpTransport):
    """A connection that is made already. Says nothing, and no password, before TLS where TLS is demanded."""

    def __init__(self, sock, tls):
        super().__init__()
        self._sock = sock
        self._unprotected = tls

    async def connect(self, uri, buffer_size, connect_timeout):
        streams = await asyncio.open_connection(sock=self._sock, limit=buffer_size)
        self._bare_io_reader, self._bare_io_writer = self._io_reader, self._io_writer = streams

    async def connect_tls(self, uri, ssl_context, buffer_size, connect_timeout):
        await super().connect_tls(uri, ssl_context, buffer_size, connect_timeout)
        self._unprotected = False

    def write(self, payload):
        if self._unprotected:
            raise errors.Error("the server offers no TLS")
        return super().write(payload)

    def __bool__(self):
        # To the library an empty transport is none, and it would make one.
        return True


def _picked(message):
    headers = {name: str(value) for name, value in (message.headers or {}).items()}
    lower = {name.lower(): value for name, value in headers.items()}
    return Picked(
        headers.get(ID_HEADER) or None,
        lower.get("content-type") or "application/json",
        message.data,
        {**headers, "subject": message.subject},
        message.reply,
    )


def _trouble(error):
    said = str(error).lower()
    if "offers no tls" in said:
        reason = "the server offers no TLS. Let it, or use nats:// for one inside the house"
        return Trouble("retry", reason, "tls", ends=True)
    if "authorization" in said or "authentication" in said:
        return Trouble(
            "retry",
            "the server does not accept user name and password, or the token. Check both here and there",
            "login",
            ends=True,
        )
    if "permissions violation" in said:
        return Trouble("retry", "the server does not permit this to the user: %s" % _text(error), "login", ends=True)
    if isinstance(error, stream_errors.APIError):
        return Trouble("retry", "the server refused: %s" % _text(error.description))
    if isinstance(error, errors.TimeoutError):
        return Trouble("retry", "no answer of the server in time", "timeout", ends=True)
    return Trouble("retry", "the connection to the server was closed", "reset", ends=True)


def _text(text):
    return str(text or "")[:MAX_TEXT]
