"""AMQP 0-9-1 (RabbitMQ): messages go to an exchange with publisher confirms, and come from a queue by hand.

A message is published only when the broker has confirmed it, which for a durable queue means that it is on disk.
"""

import asyncio
import contextlib
import logging

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.adapters.utils import connection_workflow as workflow
from pika.exceptions import AMQPError, ConnectionClosedByBroker, ProbableAccessDeniedError, ProbableAuthenticationError

from ..dial import Refused, Unreachable
from .link import Client, Picked, Trouble, network_trouble

HEARTBEAT = 15  # seconds; a connection that is silent for two of them is lost
LINGER = 0.02  # seconds to wait for more messages after one that was taken
PERSISTENT = 2
MAX_TEXT = 200  # characters of a text of the broker's that are passed on

# It reports what ends in an outcome anyway, at length and as errors of the server.
logging.getLogger("pika").setLevel(logging.CRITICAL)


class AmqpClient(Client):
    """One connection with one channel.

    ``vhost``: virtual host; ``exchange``: name, empty for the broker's default one; ``declare``: make it if it is
    missing (topic, durable); ``mandatory``: refuse what no queue takes; ``queue``: where ``take`` takes from.
    """

    def __init__(self, dialler, address, vhost="/", exchange="", declare=False, mandatory=True, queue=""):
        super().__init__(dialler, address)
        self.vhost = vhost
        self.exchange = exchange
        self.declare = declare
        self.mandatory = mandatory
        self.queue = queue
        self._connection = None
        self._channel = None
        self._blocked = False
        self._waiting = {}  # delivery tag: (message id, future)
        self._returned = {}  # message id: what the broker said when it gave the message back
        self._published = 0
        self._arrived = asyncio.Queue()
        self._consuming = False

    async def open(self):
        self._connection = await self._connect()
        self._connection.add_on_close_callback(lambda _connection, error: self.lose(_trouble(error)))
        self._connection.add_on_connection_blocked_callback(lambda *_said: self._block())
        self._connection.add_on_connection_unblocked_callback(lambda *_said: setattr(self, "_blocked", False))
        self._channel = await self._call(lambda done: self._connection.channel(on_open_callback=done))
        self._channel.add_on_close_callback(lambda _channel, error: self.lose(self._channel_trouble(error)))
        self._channel.add_on_return_callback(self._on_return)
        if self.declare and self.exchange:
            await self._call(
                lambda done: self._channel.exchange_declare(self.exchange, "topic", durable=True, callback=done)
            )
        await self._call(lambda done: self._channel.confirm_delivery(self._on_confirm, done))

    async def publish(self, letter):
        if self._blocked:
            raise _blocked()
        if not self._channel.is_open:
            raise Unreachable("reset", "the connection to the broker was closed")
        properties = pika.BasicProperties(
            content_type=letter.content_type,
            delivery_mode=PERSISTENT,
            message_id=letter.id,
            type=letter.type,
            timestamp=int(letter.created_at.timestamp()),
            headers={"traceparent": letter.trace} if letter.trace else None,
        )
        confirmed = asyncio.get_running_loop().create_future()
        self._channel.basic_publish(self.exchange, letter.route, letter.body, properties, mandatory=self.mandatory)
        self._published += 1
        tag = self._published
        self._waiting[tag] = (letter.id, confirmed)
        try:
            return await confirmed
        finally:
            self._waiting.pop(tag, None)

    async def take(self, limit, seconds):
        if not self._consuming:
            self._consuming = True
            await self._call(lambda done: self._channel.basic_qos(prefetch_count=max(limit, 1), callback=done))
            self._channel.add_on_cancel_callback(lambda _frame: self.lose(_queue_gone(self.queue)))
            await self._call(
                lambda done: self._channel.basic_consume(self.queue, self._on_message, auto_ack=False, callback=done)
            )
        picked = []
        with contextlib.suppress(asyncio.TimeoutError):
            while len(picked) < limit:
                picked.append(await asyncio.wait_for(self._arrived.get(), LINGER if picked else seconds))
        return picked

    async def confirm(self, handles):
        for channel, tag in handles:
            if channel is not self._channel or not channel.is_open:
                raise Unreachable("reset", "the connection that gave the messages is gone; they come again")
            channel.basic_ack(tag)

    async def close(self):
        if self._connection and self._connection.is_open:
            closed = asyncio.get_running_loop().create_future()
            self._connection.add_on_close_callback(lambda *_said: closed.done() or closed.set_result(None))
            self._connection.close()
            await closed

    async def _connect(self):
        loop = asyncio.get_running_loop()
        address = self.address
        addresses = await loop.run_in_executor(None, self.dialler.resolve, address.host, address.port)
        tls = pika.SSLOptions(self.dialler.tls, server_hostname=address.host) if address.tls else None
        # The checked addresses themselves, so that nothing resolves the name again.
        parameters = [
            pika.ConnectionParameters(
                host=host,
                port=address.port,
                virtual_host=self.vhost,
                credentials=pika.PlainCredentials(address.login, address.secret),
                heartbeat=HEARTBEAT,
                ssl_options=tls,
                client_properties={"product": "odoo-audit"},
            )
            for host in addresses
        ]
        done = loop.create_future()
        attempt = AsyncioConnection.create_connection(
            parameters, lambda result: done.done() or done.set_result(result), custom_ioloop=loop
        )
        try:
            result = await done
        except asyncio.CancelledError:
            attempt.abort()
            raise
        if isinstance(result, BaseException):
            raise _trouble(result)
        self.peer = result.params.host
        return result

    async def _call(self, start):
        """Call a method of pika with a callback and wait for the answer."""
        answered = asyncio.get_running_loop().create_future()
        start(lambda said: answered.done() or answered.set_result(said))
        return await answered

    def _on_confirm(self, frame):
        method = frame.method
        tags = [method.delivery_tag]
        if method.multiple:
            tags = [tag for tag in self._waiting if tag <= method.delivery_tag]
        for tag in tags:
            message_id, confirmed = self._waiting.get(tag, (None, None))
            returned = self._returned.pop(message_id, None)
            if confirmed is None or confirmed.done():
                continue
            if isinstance(method, pika.spec.Basic.Nack):
                confirmed.set_exception(Trouble("retry", "the broker could not store the message"))
            elif returned:
                confirmed.set_exception(
                    Trouble(
                        "retry",
                        "no queue is bound for this kind of message (%s). Bind a queue to the exchange, or switch off "
                        "“Refuse What No Queue Takes”" % returned,
                        "route",
                    )
                )
            else:
                confirmed.set_result("confirmed")

    def _on_return(self, _channel, method, properties, _body):
        self._returned[properties.message_id] = _text(method.reply_text)

    def _on_message(self, channel, method, properties, body):
        headers = {name: str(value) for name, value in (properties.headers or {}).items()}
        if properties.type:
            headers.setdefault("type", properties.type)
        self._arrived.put_nowait(
            Picked(
                properties.message_id or None,
                properties.content_type or "application/json",
                body,
                headers,
                (channel, method.delivery_tag),
            )
        )

    def _block(self):
        self._blocked = True
        for _message_id, confirmed in self._waiting.values():
            if not confirmed.done():
                confirmed.set_exception(_blocked())

    def _channel_trouble(self, error):
        code, text = getattr(error, "reply_code", 0), _text(getattr(error, "reply_text", ""))
        if code == 404 and self._consuming:
            return _queue_gone(self.queue)
        if code == 404:
            return Trouble(
                "retry",
                "the broker has no exchange “%s”. Make it there, or let Odoo make it (%s)" % (self.exchange, text),
                "settings",
                ends=True,
            )
        if code == 403:
            return Trouble("retry", "the broker does not permit this to the user: %s" % text, "login", ends=True)
        if code == 406:
            return Trouble("retry", "the broker has it in another form: %s" % text, "settings", ends=True)
        if code:
            return Trouble("retry", "the broker closed the channel: %s" % text, ends=True)
        return Unreachable("reset", "the connection to the broker was closed")


def _queue_gone(queue):
    return Trouble("retry", "the broker has no queue “%s”, or it was deleted" % queue, "settings", ends=True)


def _blocked():
    return Trouble("slow_down", "the broker takes no messages at present, its memory or disk is short")


def _trouble(error):
    """What an error of pika's means; the innermost one says it."""
    if isinstance(error, (Trouble, Unreachable, Refused)):
        return error
    if isinstance(error, workflow.AMQPConnectionWorkflowFailed):
        return _trouble(error.exceptions[-1])
    if isinstance(error, workflow.AMQPConnectorPhaseErrorBase):
        return _trouble(error.exception)
    code = getattr(error, "reply_code", 0)
    if isinstance(error, ProbableAuthenticationError) or isinstance(error, ConnectionClosedByBroker) and code == 403:
        return Trouble(
            "retry", "the broker does not accept user name and password. Check both here and there", "login", ends=True
        )
    if isinstance(error, ProbableAccessDeniedError) or isinstance(error, ConnectionClosedByBroker) and code == 530:
        return Trouble(
            "retry",
            "the broker has no such virtual host, or does not let the user into it. It stands after the port in the "
            "address",
            "login",
            ends=True,
        )
    if isinstance(error, OSError):
        return network_trouble(error)
    if isinstance(error, ConnectionClosedByBroker):
        return Unreachable("reset", "the broker closed the connection: %s" % _text(error.reply_text))
    if isinstance(error, AMQPError):
        return Unreachable("reset", "the connection to the broker was closed")
    return Unreachable("connect", "no connection: %s" % type(error).__name__)


def _text(text):
    return str(text or "")[:MAX_TEXT]
