import asyncio
import contextlib
import itertools
import json
import sys
import threading
import time
from datetime import datetime
from unittest.mock import patch

import nats
import pika
import redis

from sandbox import brokers

from ..core import uuid7
from ..core.tests.authority import Authority
from ..models.connector.adapter import Message
from .common import AuditCase

AUTHORITY = Authority()
TRACE = "00-%s-%s-01" % ("ab" * 16, "cd" * 8)


def message(number=1, subject=None, event_type="invoice.posted"):
    """A message as the delivery hands it to an adapter."""
    message_id = uuid7.uuid7()
    return Message(
        id=message_id,
        type=event_type,
        subject=subject or "account.move/%d" % number,
        body=json.dumps({"id": message_id, "type": event_type, "data": {"number": number}}).encode(),
        content_type="application/json",
        created_at=datetime(2026, 3, 31, 12, 0),
        traceparent=TRACE,
    )


class BrokerCase(AuditCase):
    """A real broker for the class, what an administrator enters to use it, and its own library to look into it."""

    scheme = None
    adapter = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        running = brokers.running_brokers(cls.scheme)
        cls.broker = running.__enter__()[cls.scheme]
        # Not kept for other classes: Odoo ends all child processes with each class.
        cls.addClassCleanup(running.__exit__, None, None, None)

    def connector(self, **values):
        """A connector to the broker, as an administrator sets it up."""
        return self.env["audit.connector"].create(
            {
                "name": "Broker",
                "adapter": self.adapter,
                "url": "%s://%s" % (self.broker.scheme, self.broker.host),
                "allowed_destinations": self.broker.host,
                "login_secret": brokers.PASSWORD,
                "timeout": 5,
                "%s_login" % self.adapter: brokers.USER,
                **self.settings(),
                **values,
            }
        )

    def settings(self):
        return {}

    def sender(self, connector=None, **values):
        sender = (connector or self.connector(**values))._adapter()._sender(connector or self._last())
        self.addCleanup(sender.close)
        return sender

    def _last(self):
        return self.env["audit.connector"].search([("adapter", "=", self.adapter)], order="id desc", limit=1)

    def prepare(self, *names):
        """Make ``names``: queues that get every message, or consumers of the stream that keeps every message."""
        raise NotImplementedError

    def arrived(self, name):
        """``[(id, type, body, traceparent)]`` of what came to one of ``names``, taken out."""
        raise NotImplementedError

    def put(self, *messages):
        """Put ``(id or None, bytes)``, or these and a dict of headers, where the connector collects."""
        raise NotImplementedError

    def left(self):
        """How many messages that were put are not confirmed yet."""
        raise NotImplementedError

    def assert_left(self, count, seconds=5):
        """So many are not confirmed yet, as soon as the broker has heard of the last confirmation."""
        until = time.monotonic() + seconds
        while (left := self.left()) != count and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(left, count)

    def without_library(self):
        """Let the library look as if it had never been installed."""
        return patch.dict(sys.modules, {self.env["audit.adapter.%s" % self.adapter]._library[0]: None})

    def send_through_interruption(self, end, count=200):
        """Send ``count`` messages in 8 threads, each until it is taken; ``end`` the broker in the middle of it.

        It is started again when somebody has noticed. Returns the messages, and the outcomes that were no delivery.
        """
        sender, sent = self.sender(), [message(number) for number in range(count)]
        waiting, failed, lock = list(sent), [], threading.Lock()
        begun, ended, noticed = threading.Event(), threading.Event(), threading.Event()
        until = time.monotonic() + 120

        def work():
            while True:
                with lock:
                    if not waiting:
                        return
                    one, left = waiting.pop(), len(waiting)
                if left <= count * 3 // 4:
                    begun.set()
                if left <= count // 2:
                    ended.wait(60)
                while time.monotonic() < until:
                    outcome = sender(one)
                    if outcome.verdict == "delivered":
                        break
                    failed.append(outcome)
                    noticed.set()
                    time.sleep(0.1)

        threads = [threading.Thread(target=work) for _number in range(8)]
        for thread in threads:
            thread.start()
        begun.wait(60)
        end()
        ended.set()
        noticed.wait(60)
        self.broker.start()
        for thread in threads:
            thread.join()
        return sent, failed

    @contextlib.contextmanager
    def restarted_while_sending(self, sender, number):
        """Kill the broker when ``sender`` sends its ``number``-th message, and start it again at once."""
        start, count = sender._started, itertools.count(1)

        def started(one):
            if next(count) == number:
                self.broker.kill()
                self.broker.start()
            return start(one)

        with patch.object(sender, "_started", started):
            yield


class AmqpCase(BrokerCase):
    scheme, adapter = "amqp", "amqp"

    @classmethod
    def setUpClass(cls):
        cls._with_certificate = patch.dict(brokers.BROKERS, {"amqp": cls._broker_with_certificate})
        with cls._with_certificate:
            super().setUpClass()

    @staticmethod
    def _broker_with_certificate(folder):
        return brokers.RabbitMq(folder, certificate=AUTHORITY.issue("localhost"))

    def setUp(self):
        super().setUp()
        self.channel = self._channel()

    def connector(self, **values):
        plain = "127.0.0.1:%d" % self.broker.plain_port
        return super().connector(**{"url": "amqp://%s" % plain, "allowed_destinations": plain, **values})

    def settings(self):
        return {"amqp_exchange": "audit", "amqp_queue": "for-odoo"}

    def _channel(self):
        login = pika.PlainCredentials(brokers.USER, brokers.PASSWORD)
        parameters = pika.ConnectionParameters("127.0.0.1", self.broker.plain_port, credentials=login)
        connection = pika.BlockingConnection(parameters)
        self.addCleanup(self._hang_up, connection)
        return connection.channel()

    @staticmethod
    def _hang_up(connection):
        # The broker may have been ended meanwhile.
        with contextlib.suppress(pika.exceptions.AMQPError):
            connection.close()

    def prepare(self, *names):
        self.channel.exchange_declare("audit", "topic", durable=True)
        for name in names:
            self.channel.queue_declare(name, durable=True)
            self.channel.queue_purge(name)
            self.channel.queue_bind(name, "audit", "audit.#")
            self.addCleanup(lambda name=name: self._channel().queue_delete(name))

    def arrived(self, name):
        channel, found = self._channel(), []
        while True:
            method, properties, body = channel.basic_get(name, auto_ack=True)
            if method is None:
                return found
            found.append((properties.message_id, properties.type, body, properties.headers["traceparent"]))

    def put(self, *messages):
        self.channel.queue_declare("for-odoo", durable=True)
        self.addCleanup(lambda: self._channel().queue_delete("for-odoo"))
        for message_id, body, *headers in messages:
            properties = pika.BasicProperties(
                content_type="application/json", message_id=message_id, headers=dict(*headers)
            )
            self.channel.basic_publish("", "for-odoo", body, properties)

    def left(self):
        return self._channel().queue_declare("for-odoo", passive=True).method.message_count


class NatsCase(BrokerCase):
    scheme, adapter = "nats", "nats"

    def settings(self):
        return {"nats_create": True, "nats_collect_stream": "FOR_ODOO"}

    def tearDown(self):
        self._ask(self._forget)
        super().tearDown()

    async def _forget(self, jetstream):
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(stream.config.name)

    def _ask(self, question):
        async def ask():
            connection = await nats.connect(
                "nats://%s" % self.broker.host,
                user=brokers.USER,
                password=brokers.PASSWORD,
                allow_reconnect=False,
                max_reconnect_attempts=1,
            )
            try:
                return await question(connection.jetstream())
            finally:
                await connection.close()

        return asyncio.run(ask())

    def prepare(self, *names):
        async def make(jetstream):
            await jetstream.add_stream(name="AUDIT", subjects=["audit.>"])
            for name in names:
                await jetstream.pull_subscribe("audit.>", durable=name)

        self._ask(make)

    def arrived(self, name):
        async def fetch(jetstream):
            found = []
            subscription = await jetstream.pull_subscribe_bind(name, "AUDIT")
            while True:
                try:
                    messages = await subscription.fetch(100, timeout=0.3)
                except asyncio.TimeoutError:
                    return found
                for one in messages:
                    await one.ack()
                    headers = one.headers
                    found.append((headers["Nats-Msg-Id"], headers["Type"], one.data, headers["traceparent"]))

        return self._ask(fetch)

    def put(self, *messages):
        async def publish(jetstream):
            await jetstream.add_stream(name="FOR_ODOO", subjects=["for.odoo"])
            for message_id, body, *headers in messages:
                number = {"Nats-Msg-Id": message_id} if message_id else {}
                said = {"Content-Type": "application/json", **number, **dict(*headers)}
                await jetstream.publish("for.odoo", body, headers=said)

        self._ask(publish)

    def left(self):
        async def count(jetstream):
            consumer = await jetstream.consumer_info("FOR_ODOO", "odoo")
            return consumer.num_pending + consumer.num_ack_pending

        return self._ask(count)


class RedisCase(BrokerCase):
    scheme, adapter = "redis", "redis"

    def settings(self):
        return {"redis_collect_stream": "for-odoo"}

    def setUp(self):
        super().setUp()
        self._redis().flushall()

    def _redis(self):
        server = redis.Redis(port=self.broker.port, username=brokers.USER, password=brokers.PASSWORD)
        self.addCleanup(server.close)
        return server

    def prepare(self, *names):
        for name in names:
            self._redis().xgroup_create("audit", name, id="0", mkstream=True)

    def arrived(self, name):
        found = self._redis().xreadgroup(name, "reader", {"audit": ">"}, count=1000, noack=True)
        fields = [said for _stream, entries in found for _entry, said in entries]
        texts = [{name.decode(): value.decode() for name, value in said.items()} for said in fields]
        return [(one["id"], one["type"], one["body"].encode(), one["traceparent"]) for one in texts]

    def put(self, *messages):
        pipeline = self._redis().pipeline()
        for message_id, body, *headers in messages:
            number = {"id": message_id} if message_id else {}
            pipeline.xadd("for-odoo", {"body": body, **number, **dict(*headers)})
        pipeline.execute()

    def left(self):
        group = self._redis().xinfo_groups("for-odoo")[0]
        return group["pending"] + (group["lag"] or 0)
