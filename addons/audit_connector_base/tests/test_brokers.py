from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from sandbox import brokers

from . import broker_behaviour
from .broker_case import AUTHORITY, AmqpCase, NatsCase, RedisCase, message


class OwnTlsBroker:
    """A second broker of the kind, with TLS; only for brokers that start at once."""

    authority = AUTHORITY

    @contextmanager
    def tls_url(self):
        def with_certificate(folder, kind=brokers.BROKERS[self.scheme]):
            return kind(folder, certificate=AUTHORITY.issue("localhost"))

        with patch.dict(brokers.BROKERS, {self.scheme: with_certificate}):
            with brokers.running_brokers(self.scheme) as running:
                broker = running[self.scheme]
                yield "%s://localhost:%d" % (broker.tls_scheme, broker.port), "localhost:%d" % broker.port

    def prepare_tls(self):
        """Streams are made by the connector."""


@tagged("post_install", "-at_install")
class TestAmqp(broker_behaviour.Sending, AmqpCase):
    authority = AUTHORITY

    @contextmanager
    def tls_url(self):
        yield "amqps://localhost:%d" % self.broker.port, "localhost:%d" % self.broker.port

    def prepare_tls(self):
        self.prepare("archive")

    def test_what_no_queue_takes_is_tried_again(self):
        sender = self.sender(amqp_exchange="lonely")
        outcome = sender(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "route"))
        self.assertIn("no queue is bound", outcome.reason)
        careless = self.sender(name="Careless", amqp_exchange="lonely", amqp_mandatory=False)
        self.assertEqual(careless(message()).verdict, "delivered")

    def test_an_exchange_that_is_missing_is_made_only_if_it_may_be(self):
        outcome = self.sender(amqp_exchange="nowhere", amqp_declare=False)(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "settings"))
        self.assertIn("no exchange “nowhere”", outcome.reason)

    def test_an_exchange_of_another_kind_is_said_to_be_one(self):
        self.channel.exchange_declare("direct-one", "direct")
        outcome = self.sender(amqp_exchange="direct-one")(message())
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn("another form", outcome.reason)

    def test_a_virtual_host_that_is_missing_is_named(self):
        connector = self.connector()
        connector.url += "/nowhere"
        outcome = self.sender(connector)(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "login"))
        self.assertIn("virtual host", outcome.reason)

    def test_a_broker_without_room_is_given_time(self):
        self.prepare("archive")
        sender = self.sender()
        self.assertEqual(sender(message()).verdict, "delivered")
        self.broker.control("set_vm_memory_high_watermark", "absolute", "1")
        try:
            first, second = sender(message()), sender(message())
        finally:
            self.broker.control("set_vm_memory_high_watermark", "0.4")
        self.assertEqual((first.verdict, second.verdict), ("slow_down", "slow_down"), first.reason)
        self.assertIn("memory or disk is short", second.reason)

    def test_a_full_queue_that_rejects_is_tried_again(self):
        self.channel.exchange_declare("audit", "topic", durable=True)
        self.channel.queue_declare("tiny", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        self.channel.queue_bind("tiny", "audit", "audit.#")
        self.addCleanup(lambda: self._channel().queue_delete("tiny"))
        sender = self.sender()
        verdicts = [sender(message(number)).verdict for number in range(3)]
        self.assertEqual(verdicts[0], "delivered")
        self.assertEqual(verdicts[-1], "retry")

    def test_messages_survive_a_restart_of_the_broker(self):
        self.prepare("archive")
        self.sender()(message())
        method, properties, _body = self.channel.basic_get("archive")
        self.assertEqual((properties.delivery_mode, properties.content_type), (2, "application/json"))
        self.assertEqual((method.routing_key, properties.timestamp), ("audit.invoice.posted", 1774958400))


@tagged("post_install", "-at_install")
class TestNats(OwnTlsBroker, broker_behaviour.Sending, NatsCase):
    def test_what_is_sent_again_is_stored_once(self):
        self.prepare("archive")
        sender, sent = self.sender(), message()
        outcomes = [sender(sent), sender(sent)]
        self.assertEqual([outcome.verdict for outcome in outcomes], ["delivered", "delivered"])
        self.assertIn("again", outcomes[1].reason)
        self.assertEqual(len(self.arrived("archive")), 1)

    def test_a_stream_is_made_only_if_it_may_be(self):
        outcome = self.sender(nats_create=False)(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "route"))
        self.assertIn("no stream stores the subject", outcome.reason)
        self.assertEqual(self.sender(name="Maker")(message()).verdict, "delivered")

    def test_another_stream_than_the_expected_one_is_said_to_be_one(self):
        self.prepare()
        outcome = self.sender(nats_create=False, nats_stream="OTHER")(message())
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn("another stream than “OTHER”", outcome.reason)

    def test_no_password_goes_to_a_server_without_tls(self):
        url, allowed = "tls://localhost:%d" % self.broker.port, "localhost:%d" % self.broker.port
        outcome = self.sender(url=url, allowed_destinations=allowed)(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "tls"))
        self.assertIn("offers no TLS", outcome.reason)

    def test_a_message_larger_than_the_server_takes_is_dead(self):
        self.prepare("archive")
        large = message()
        object.__setattr__(large, "body", b"x" * 2_000_000)
        outcome = self.sender()(large)
        self.assertEqual(outcome.verdict, "dead")
        self.assertIn("max_payload", outcome.reason)

    def test_a_subject_that_cannot_be_is_refused(self):
        for subject in ("audit..{type}", "audit.*", "audit.{nothing}", "audit {type}", ""):
            with self.subTest(subject), self.refused("Broker"):
                self.connector(nats_subject=subject)

    def test_a_stream_is_not_made_for_all_subjects_of_the_server(self):
        with self.refused("a word of its own"):
            self.connector(nats_subject="{type}")
        self.connector(nats_subject="{type}", nats_create=False)


@tagged("post_install", "-at_install")
class TestRedis(OwnTlsBroker, broker_behaviour.Sending, RedisCase):
    def test_a_stream_keeps_about_as_many_as_it_is_told(self):
        sender = self.sender(redis_max_length=100)
        outcomes = sender.batch([message(number) for number in range(1000)], "batch-1")
        self.assertEqual({outcome.verdict for outcome in outcomes}, {"delivered"})
        self.assertLess(self._redis().xlen("audit"), 250)

    def test_each_kind_of_event_may_have_a_stream_of_its_own(self):
        self.sender(redis_stream="audit:{entity}")(message(event_type="payment.reconciled"))
        self.assertEqual(self._redis().xlen("audit:payment"), 1)

    def test_a_name_that_is_no_stream_is_said_to_be_taken(self):
        self._redis().set("audit", "something else")
        outcome = self.sender()(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "settings"))
        self.assertIn("taken by something that is no stream", outcome.reason)

    def test_a_server_without_memory_is_given_time(self):
        sender = self.sender()
        self._redis().config_set("maxmemory", "1kb")
        try:
            outcome = sender(message())
        finally:
            self._redis().config_set("maxmemory", "0")
        self.assertEqual(outcome.verdict, "slow_down", outcome.reason)

    def test_too_few_replicas_do_not_count_as_delivered(self):
        outcome = self.sender(redis_replicas=1, timeout=1)(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "timeout"))

    def test_a_database_may_be_chosen(self):
        connector = self.connector()
        connector.url += "/3"
        self.sender(connector)(message())
        self._redis().execute_command("SELECT", 0)
        self.assertEqual(self._redis().info("keyspace")["db3"]["keys"], 1)
        with self.refused("number of a database"):
            connector.url += "/x"
