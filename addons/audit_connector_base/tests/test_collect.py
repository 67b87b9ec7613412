import json
import shutil
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..core import signatures
from ..models.connector.adapter import CannotCollect
from ..models.exchange import collect
from .broker_case import AmqpCase, BrokerCase, NatsCase, RedisCase
from .common import SECRET, AuditCase


def body(number=1):
    return json.dumps({"id": "m%d" % number, "type": "supplier.updated", "number": number}).encode()


def signed(message_id, content):
    """The headers of a sender that signs; a day ago, because messages wait on brokers."""
    then = int(time.time()) - 86400
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(then),
        "webhook-signature": signatures.sign(SECRET, message_id, then, content),
    }


class Collecting:
    """What is the same for every broker."""

    def setUp(self):
        super().setUp()
        self.collecting = self.connector(collect=True)

    def collect(self):
        with self.second_cursor():
            return self.collecting._collect()

    def health(self):
        self.env.invalidate_all()
        return self.collecting.health

    def received(self):
        return self.env["audit.inbound.message"].search([("connector_id", "=", self.collecting.id)], order="id")

    def test_what_waits_is_stored_in_its_order_and_confirmed(self):
        self.put(*((("m%d" % number), body(number)) for number in range(250)))
        self.collect()
        self.assertEqual(self.received().mapped("message_id"), ["m%d" % number for number in range(250)])
        self.assertEqual(set(self.received().mapped("transport")), {self.adapter})
        self.assert_left(0)
        self.assertIn("250 messages", self.collecting.collect_note)
        self.assertEqual(self.health(), "idle")

    def test_what_was_stored_and_not_confirmed_comes_again_and_is_recognised(self):
        self.put(("m1", body(1)), ("m2", body(2)))
        adapter = type(self.env["audit.adapter.%s" % self.adapter]._collector(self.collecting))
        with patch.object(adapter, "confirm_all", side_effect=CannotCollect("gone", "reset")):
            self.collect()
        self.assertEqual(len(self.received()), 2)
        self.assert_left(2)
        self.collect()
        self.assertEqual(len(self.received()), 2)
        self.assert_left(0)

    def test_what_is_no_message_is_kept_as_failed_and_holds_up_no_other(self):
        self.put(("m1", b"no json"), ("m2", body(2)))
        self.collect()
        self.assertEqual(self.received().mapped("state"), ["received", "dead"])
        bad = self.received().filtered(lambda one: one.message_id == "m1")
        self.assertEqual(bad.body_text, "no json")
        self.assertTrue(bad.reason)
        self.assert_left(0)
        self.assertEqual(self.health(), "bad")

    def test_a_message_without_a_number_is_known_by_the_one_inside(self):
        self.put((None, body(7)))
        self.collect()
        self.assertEqual(self.received().mapped("message_id"), ["m7"])

    def test_what_cannot_be_stored_stays_where_it_is(self):
        self.put(("m1", body(1)), ("m2", body(2)))
        connectors = type(self.env["audit.connector"])
        receive = connectors._receive_collected

        def receive_all_but_one(connector, taken):
            if any(one.id == "m1" for one in taken):
                raise ValueError("no room for this one")
            return receive(connector, taken)

        with patch.object(connectors, "_receive_collected", receive_all_but_one):
            with mute_logger("odoo.addons.audit_connector_base.models.exchange.collect"):
                self.collect()
        self.assertEqual(self.received().mapped("message_id"), ["m2"])
        self.assert_left(1)

    def test_a_wrong_password_is_brought_before_the_owner_once(self):
        self.put(("m1", body(1)))
        self.collecting.login_secret = "not it"
        self.collect()
        self.collect()
        self.assertIn("does not accept", self.collecting.collect_trouble)
        self.assertIn("does not accept", self.collecting.protocol_warning)
        self.assertEqual(self.health(), "waiting")
        self.assertEqual(len(self.collecting.activity_ids), 1)

    def test_only_what_is_signed_is_believed_where_it_has_to_be(self):
        self.collecting.write({"collect_signed": True, "inbound_secret": SECRET})
        self.put(
            ("m1", body(1), signed("s1", body(1))),
            ("m2", body(2)),
            ("m3", body(3), {**signed("s3", body(3)), "webhook-id": "s4"}),
            ("m4", body(5), signed("s5", body(4))),
        )
        self.collect()
        self.assert_left(0)
        believed, *others = self.received()
        self.assertEqual((believed.message_id, believed.state, believed.unverified), ("s1", "received", False))
        self.assertNotIn("webhook-signature", believed.headers)
        self.assertEqual({(one.state, one.unverified) for one in others}, {("dead", True)})
        self.assertTrue(all("Not verified" in one.reason for one in others))
        refusal = self.env["audit.inbound.refusal"].search([("connector_id", "=", self.collecting.id)])
        self.assertEqual((refusal.reason, refusal.source, refusal.count), ("signature", self.adapter, 3))

    def test_what_could_not_be_verified_is_worked_on_after_the_secret_was_corrected(self):
        self.collecting.write({"collect_signed": True, "inbound_secret": signatures.new_secret()})
        self.put(("m1", body(1), signed("s1", body(1))), ("m2", body(2)))
        self.collect()
        failed = self.received()
        self.assertEqual(set(failed.mapped("state")), {"dead"})
        with self.refused("not certain who sent"):
            failed.action_replay()
        self.collecting.inbound_secret = SECRET
        failed.action_replay()
        self.assertEqual(failed.mapped("state"), ["processed", "dead"])
        anew = self.received() - failed
        self.assertEqual((anew.message_id, anew.state, anew.transport), ("s1", "received", self.adapter))
        self.put(("m1", body(1), signed("s1", body(1))))
        self.collect()
        self.assertEqual(len(self.received()), 3)

    def test_without_a_secret_nothing_can_be_demanded_to_be_signed(self):
        with self.refused("verification secret"):
            self.collecting.collect_signed = True
        with self.refused("whsec_"):
            self.collecting.write({"collect_signed": True, "inbound_secret": "a long password of another kind"})


class Repeating:
    """Brokers that let a number be used twice; NATS does not even store the second."""

    def test_another_message_under_the_same_number_is_kept_as_failed(self):
        self.put(("m1", body(1)), ("m1", body(2)))
        self.collect()
        self.assertEqual(self.received().mapped("state"), ["received", "dead"])
        self.assertIn("another message", self.received()[1].reason)
        self.assert_left(0)


@tagged("post_install", "-at_install")
class TestCollectAmqp(Collecting, Repeating, AmqpCase):
    def test_a_queue_that_is_missing_is_named(self):
        self.collecting.amqp_queue = "nowhere"
        self.assertIn("no queue “nowhere”", self.collect())


@tagged("post_install", "-at_install")
class TestCollectNats(Collecting, NatsCase):
    def test_a_stream_that_is_missing_is_named(self):
        self.assertIn("no stream “FOR_ODOO”", self.collect())


@tagged("post_install", "-at_install")
class TestCollectRedis(Collecting, Repeating, RedisCase):
    def test_fields_of_others_are_taken_for_the_message(self):
        self._redis().xadd("for-odoo", {"id": "m9", "type": "supplier.updated", "name": "Müller"})
        self.collect()
        self.assertEqual(json.loads(self.received().body_text)["name"], "Müller")

    def test_what_another_reader_of_the_group_left_is_taken_over(self):
        self.put(("m1", body(1)))
        server = self._redis()
        server.xgroup_create("for-odoo", "odoo", id="0")
        server.xreadgroup("odoo", "somebody", {"for-odoo": ">"})
        with patch("odoo.addons.audit_connector_base.core.brokers.redis.IDLE", 0):
            self.collect()
        self.assertEqual(len(self.received()), 1)
        self.assert_left(0)

    def test_a_run_that_is_out_of_time_asks_for_another(self):
        self.put(("m1", body(1)))
        with patch.object(collect, "COLLECT_SECONDS", -1):
            self.collect()
        self.assertFalse(self.received())
        self.assertEqual(len(self._jobs()), 1)

    def test_the_scheduled_action_starts_one_job_for_each_that_collects(self):
        self.connector(name="Another")
        for _time in range(2):
            self.env["audit.connector"]._cron_collect()
        self.assertEqual(len(self._jobs()), 1)
        self.assertEqual(self._jobs().channel, "root.audit.collect")

    def _jobs(self):
        return self.env["queue.job"].search([("method_name", "=", "_collect")])

    def test_two_runs_of_a_connector_keep_apart(self):
        self.put(("m1", body(1)))
        with self.registry.cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [collect.LOCK_CLASS, self.collecting.id])
            self.assertIn("Another run", self.collect())
        self.collect()
        self.assertEqual(len(self.received()), 1)

    def test_what_is_archived_or_switched_off_is_not_collected(self):
        self.put(("m1", body(1)))
        self.collecting.collect = False
        self.collect()
        self.collecting.write({"collect": True, "active": False})
        self.collect()
        self.assertFalse(self.received())


@tagged("post_install", "-at_install")
class TestCollectionSettings(BrokerCase):
    scheme, adapter = "redis", "redis"

    def test_where_to_collect_from_must_be_said(self):
        for values in ({"redis_collect_stream": False}, {"redis_collect_stream": "audit"}, {"redis_group": False}):
            with self.subTest(values=values), self.refused("Broker"):
                self.connector(collect=True, **{"redis_collect_stream": "in", **values})

    def test_the_form_asks_for_the_secret_that_is_signed_with(self):
        form = Form(self.connector(redis_collect_stream="in").with_user(self.administrator))
        for name in ("collect_signed", "inbound_secret"):
            with self.assertRaises(AssertionError, msg=name):
                setattr(form, name, "x")
        form.collect = True
        form.collect_signed = True
        form.inbound_secret = SECRET
        connector = form.save()
        self.assertEqual(connector.sudo()._secrets_of("verification"), [SECRET])


@tagged("post_install", "-at_install")
class TestCollectFiles(AuditCase):
    def test_a_folder_to_pick_up_from_is_looked_into_as_well(self):
        root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, root)
        (root / "in").mkdir()
        adapter = type(self.env["audit.adapter.file"])
        with patch.object(adapter, "_roots", lambda adapter: [str(root)]):
            connector = self.env["audit.connector"].create(
                {
                    "name": "Folder",
                    "adapter": "file",
                    "collect": True,
                    "file_pickup_folder": str(root / "in"),
                    "file_settle_seconds": 0,
                }
            )
            (root / "in" / "one.json").write_bytes(body(1))
            (root / "in" / "bad.json").write_bytes(b"{")
            self.env["audit.connector"]._cron_collect()
            self.assertTrue(self.env["queue.job"].search([("identity_key", "=", "audit-collect-%d" % connector.id)]))
            with self.second_cursor():
                connector._collect()
            messages = self.env["audit.inbound.message"].search([("connector_id", "=", connector.id)])
            self.assertEqual(messages.mapped("transport"), ["file"])
            self.assertFalse((root / "in" / "one.json").exists())
            self.assertIn("bad.json", connector.activity_ids.note)
            (root / "in").rename(root / "elsewhere")
            with self.second_cursor():
                connector._collect()
            self.assertIn("not there", connector.collect_trouble)
