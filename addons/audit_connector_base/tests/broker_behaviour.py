"""What is the same for every broker; the classes of ``test_brokers`` try it on each."""

from odoo.exceptions import ValidationError

from .broker_case import TRACE, message
from .secret_case import everything_logged


class Sending:
    def test_a_message_arrives_with_its_id_type_body_and_trace(self):
        self.prepare("archive")
        sender, sent = self.sender(), message()
        outcome = sender(sent)
        self.assertEqual((outcome.verdict, outcome.peer), ("delivered", "127.0.0.1"), outcome.reason)
        self.assertEqual(self.arrived("archive"), [(sent.id, "invoice.posted", sent.body, TRACE)])

    def test_every_reader_of_a_fan_out_gets_every_message(self):
        self.prepare("archive", "tax")
        sender, sent = self.sender(), [message(number) for number in range(5)]
        for one in sent:
            sender(one)
        ids = [one.id for one in sent]
        self.assertEqual([found[0] for found in self.arrived("archive")], ids)
        self.assertEqual([found[0] for found in self.arrived("tax")], ids)

    def test_a_batch_arrives_in_the_order_of_each_document(self):
        self.prepare("archive")
        sent = [message(number, subject="account.move/%d" % (number % 3)) for number in range(30)]
        outcomes = self.sender().batch(sent, "batch-1")
        self.assertEqual({outcome.verdict for outcome in outcomes}, {"delivered"})
        arrived = [found[0] for found in self.arrived("archive")]
        for document in range(3):
            ids = [one.id for one in sent if one.subject == "account.move/%d" % document]
            self.assertEqual([found for found in arrived if found in ids], ids)

    def test_a_drain_delivers_what_was_posted(self):
        self.prepare("archive")
        connector = self.connector()
        self.env["audit.subscription"].create(
            {"connector_id": connector.id, "event_type_ids": [(6, 0, self.posted_type.ids)]}
        )
        invoice = self._invoice(post=True)
        delivery = self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)])
        self.drain(connector)
        self.assertEqual(delivery.state, "delivered", delivery.reason)
        self.assertEqual([found[0] for found in self.arrived("archive")], [delivery.message_id])

    def test_a_wrong_password_is_tried_again_and_says_where_to_look(self):
        self.prepare("archive")
        with everything_logged() as logged:
            outcome = self.sender(login_secret="hunter2-not-it")(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "login"))
        self.assertIn("does not accept user name and password", outcome.reason)
        self.assertTrue(logged)
        self.assertNotIn("hunter2", repr(outcome) + "".join(logged))

    def test_a_broker_inside_the_network_is_refused_unless_it_is_named(self):
        tls = self.broker.tls_scheme
        url = "%s://localhost:%d" % (tls, self.broker.port)
        outcome = self.sender(url=url, allowed_destinations=False)(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("dead", "refused"))
        self.assertIn("closed address", outcome.reason)

    def test_an_address_without_tls_must_be_named(self):
        with self.refused("so that nobody on the way can read"):
            self.connector(url="%s://broker.example.com" % self.scheme, allowed_destinations=False)

    def test_a_broker_that_is_down_is_tried_again(self):
        connector = self.connector(
            url="%s://127.0.0.1:9" % self.scheme, allowed_destinations="127.0.0.1:9", login_secret="x"
        )
        outcome = self.sender(connector)(message())
        self.assertEqual((outcome.verdict, outcome.fault), ("retry", "connect"))

    def test_nothing_is_lost_when_the_broker_is_killed(self):
        self._assert_nothing_is_lost(self.broker.kill)

    def test_nothing_is_lost_when_the_broker_is_restarted(self):
        self._assert_nothing_is_lost(self.broker.stop)

    def test_a_batch_in_which_the_broker_restarts_is_delivered_by_sending_the_rest_again(self):
        """As a drain does it: what was delivered is done, the others come again, each document in its order."""
        self.prepare("archive")
        documents = ["account.move/%d" % number for number in range(30)]
        sent = [message(subject=document) for _number in range(10) for document in documents]
        sender, waiting, rounds = self.sender(), sent, 0
        with self.restarted_while_sending(sender, 165):
            outcomes = sender.batch(waiting, "batch-1")
        verdicts = [outcome.verdict for outcome in outcomes]
        self.assertIn("retry", verdicts, "the broker was never away")
        self.assertIn("delivered", verdicts[165:], "the broker did not come back")
        while waiting and rounds < 20:
            waiting = [one for one, outcome in zip(waiting, outcomes) if outcome.verdict != "delivered"]
            outcomes, rounds = sender.batch(waiting, "batch-1") if waiting else [], rounds + 1
        self.assertEqual(waiting, [])
        firsts = list(dict.fromkeys(found[0] for found in self.arrived("archive")))
        for document in documents:
            ids = [one.id for one in sent if one.subject == document]
            self.assertEqual([found for found in firsts if found in ids], ids)

    def _assert_nothing_is_lost(self, end):
        self.prepare("archive")
        sent, failed = self.send_through_interruption(end)
        self.assertTrue(failed, "the broker was never away")
        arrived = [found[0] for found in self.arrived("archive")]
        self.assertEqual(set(arrived), {one.id for one in sent})

    def test_a_certificate_is_verified(self):
        with self.tls_url() as (url, allowed):
            self.prepare_tls()
            common = {"url": url, "allowed_destinations": allowed}
            stranger = self.sender(name="Stranger", **common)(message())
            self.assertEqual((stranger.verdict, stranger.fault), ("retry", "tls"))
            self.assertIn("certificate is not accepted", stranger.reason)
            known = self.sender(name="Known", ca_certificates=self.authority.pem, **common)(message())
            self.assertEqual(known.verdict, "delivered", known.reason)

    def test_without_its_library_it_says_what_to_install(self):
        connector = self.connector()
        with self.without_library():
            connector.invalidate_recordset()
            self.assertIn("pip install", connector.protocol_warning)
            with self.refused("pip install", ValidationError):
                connector.name = "Another name"
            with self.assertRaisesRegex(ValidationError, "pip install"):
                connector._adapter()._sender(connector)
        connector.invalidate_recordset()
        self.assertFalse(connector.protocol_warning)
