import copy
import hashlib
import json
from datetime import date, timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..core import canonical
from ..core.contracts import ContractError
from ..models.contract import registry
from .common import SECRET
from .contract_case import TEXT, ContractCase
from .inbound import EVENT, event


@tagged("post_install", "-at_install")
class TestContractServing(ContractCase):
    """Several versions side by side: who is told by which, what each message was held against, and how one ends."""

    def _choice(self, connector):
        return connector.subscription_ids.contract_ids

    def test_two_platforms_are_told_of_one_invoice_each_by_its_own_version(self):
        old, new = self.receiver(), self.receiver()
        keeps = self._connector(old)
        with self.second_version():
            moves = self._connector(new)
            self.assertEqual((self._choice(keeps).major, self._choice(moves).major), (1, 2))
            invoice = self._invoice(post=True)
            for connector in (keeps, moves):
                self.drain(connector)
            (one,), (two,) = old.events(), new.events()
            deliveries = self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)])
        self.assertEqual(one["data"]["contract"], "invoice/1")
        self.assertNotIn("cost_centre", one["data"])
        self.assertEqual(one["dataschema"], "urn:odoo-audit:contract:invoice:1")
        self.assertEqual((two["data"]["contract"], two["data"]["cost_centre"]), ("invoice/2", "CC-7"))
        self.assertEqual(two["dataschema"], "urn:odoo-audit:contract:invoice:2")
        self.assertEqual(one["id"], two["id"], "one event, told twice")
        self.assertEqual(
            {delivery.connector_id: (delivery.state, delivery.contract) for delivery in deliveries},
            {keeps: ("delivered", "invoice/1.0"), moves: ("delivered", "invoice/2.0")},
        )
        # What left in other words than were recorded with the event is recorded with the attempt.
        entries = self.env["audit.log.entry"].search(
            [("kind", "=", "delivery.attempted"), ("res_id", "=", invoice.id), ("res_model", "=", invoice._name)]
        )
        said = {entry["contract"]: entry.get("sent_sha256") for entry in entries._payloads().values()}
        self.assertEqual(
            said, {"invoice/1.0": hashlib.sha256(old.messages[0]["body"]).hexdigest(), "invoice/2.0": None}
        )

    def test_what_was_written_before_a_platform_moves_on_arrives_as_it_was_agreed_then(self):
        receiver = self.receiver()
        connector = self._connector(receiver)
        self._invoice(post=True)
        with self.second_version():
            self._invoice(post=True)
            self._choice(connector).major = 2
            self._invoice(post=True)
            self.drain(connector)
        told = {event["data"]["odoo"]["id"]: event["data"]["contract"] for event in receiver.events()}
        self.assertEqual([told[key] for key in sorted(told)], ["invoice/1", "invoice/1", "invoice/2"])

    def test_what_was_never_sent_is_told_by_the_version_that_the_platform_keeps_to(self):
        receiver = self.receiver()
        keeps = self._connector(receiver)
        subscription = keeps.subscription_ids
        self._choice(keeps).version_id = self.first
        with self.second_version():
            subscription.active = False
            invoice = self._invoice(post=True)
            subscription.active = True
            chosen = {"connector_id": keeps.id, "include_missing": True, "reason": "It begins with the year"}
            self.env["audit.replay"].with_user(self.administrator).create(chosen).action_replay()
            made = self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)])
            self.assertEqual((made.event_id.contract_version, made.contract_major, made.contract_minor), (2, 1, 0))
            self.drain(keeps, lane=2)
        told = {one["data"]["odoo"]["id"]: one["data"]["contract"] for one in receiver.events()}
        self.assertEqual((told[invoice.id], made.contract), ("invoice/1", "invoice/1.0"))

    def test_a_platform_may_ask_for_no_version_that_odoo_does_not_make_or_nobody_approved(self):
        choice = self._choice(self._connector())
        with self.refused("There is no approved version 2", ValidationError):
            choice.major = 2
        self._approve_second()
        with self.refused("does not make messages about “Invoice” by version 2", ValidationError):
            choice.major = 2
        with self.refused("is not a version of what", ValidationError):
            choice.version_id = self.env["audit.contract.version"].search([("entity", "=", "payment")])
        with self.refused("There is no approved version", ValidationError):
            choice.version_id = self.env["audit.contract.version"].create({"contract_id": self.invoices.id, "major": 1})

    def test_a_new_minor_version_reaches_those_who_are_not_fixed(self):
        receiver = self.receiver()
        follows, fixed = self._connector(receiver), self._connector(receiver, name="Fixed")
        self._choice(fixed).version_id = self.first
        draft = self.env["audit.contract.version"].browse(
            self.invoices.with_user(self.administrator).action_draft_minor()["res_id"]
        )
        # Narrower: whoever checks by 1.0 takes it. Here so narrow that no invoice fits.
        schema = json.loads(draft.schema_text)
        schema["properties"]["number"]["maxLength"] = 1
        draft.write({"schema_text": json.dumps(schema), "change_note": "Short numbers."})
        self.assertEqual(draft.compatibility, "forward")
        draft.action_submit()
        consumers = draft.consumers_html
        self.assertIn("Gets it once it is approved, and need not do anything.", consumers)
        self.assertIn("stays with its fixed version", consumers)
        draft.with_user(self.approver).action_approve()
        self._invoice(post=True)
        self.drain(follows)
        self.drain(fixed)
        deliveries = self.env["audit.delivery"].search([("connector_id", "in", (follows | fixed).ids)])
        self.assertEqual(
            {one.connector_id: (one.state, one.contract) for one in deliveries},
            {follows: ("dead", "invoice/1.1"), fixed: ("delivered", "invoice/1.0")},
        )
        failed = deliveries.filtered(lambda one: one.state == "dead")
        self.assertEqual((failed.failure, "$.number" in failed.reason), ("contract", True))

    def test_a_version_in_use_is_not_retired_and_its_users_are_told_when_it_ends(self):
        connector = self._connector(user_id=self.administrator.id)
        with self.second_version() as second:
            first = self.first.with_user(self.approver)
            first.write({"sunset_date": fields.Date.context_today(first), "deprecation_note": "Use <b>2.0</b>."})
            first.action_deprecate()
            activity = connector.activity_ids
            self.assertIn("Invoice 1.0 ends on", activity.summary)
            self.assertEqual((activity.user_id, activity.date_deadline), (self.administrator, first.sunset_date))
            self.assertIn("&lt;b&gt;", activity.note)
            self.assertIn("ends on", self._choice(connector).warning)
            with self.refused("still in use: %s" % connector.name):
                first.action_retire()
            with self.refused("still in use: 1 more"):
                stranger = self._user(
                    "far", "audit_connector_base.group_audit_approver",
                    company=self.env["res.company"].create({"name": "Other company"}),
                )  # fmt: skip
                self.env.flush_all()
                first.with_user(stranger).action_retire()
            self.env["audit.contract.version"]._cron_remind()
            self.assertEqual(len(connector.activity_ids), 1, "reminded once while the reminder stands")
            activity.action_done()
            self.env["audit.contract.version"]._cron_remind()
            self.assertEqual(len(connector.activity_ids), 1, "and again when it still uses it")
            self._choice(connector).major = 2
            first.action_retire()
            self.assertEqual(first.state, "retired")
            served = self.env["audit.contract"]._served("invoice")
            self.assertEqual([one["version"] for one in served], [second.name])

    def test_the_only_version_by_which_odoo_itself_speaks_is_not_retired(self):
        for version in (self.first, self._shipped("supplier_update")):
            version = version.with_user(self.approver)
            version.sunset_date = fields.Date.context_today(version)
            version.action_deprecate()
            with self.refused("Odoo itself makes or takes"):
                version.action_retire()

    def _shipped(self, entity):
        return self.env["audit.contract"].search([("entity", "=", entity)]).version_ids

    def test_what_is_served_is_told_with_its_end_and_successor(self):
        with self.second_version():
            first = self.first.with_user(self.approver)
            first.sunset_date = fields.Date.context_today(first) + timedelta(days=30)
            first.action_deprecate()
            newest, oldest = self.env["audit.contract"]._served("invoice")
        self.assertEqual(
            [newest[name] for name in ("version", "major", "minor", "state", "made", "sunset", "successor")],
            ["2.0", 2, 0, "approved", True, None, None],
        )
        self.assertEqual((oldest["state"], oldest["sunset"]), ("deprecated", date.today() + timedelta(days=30)))
        self.assertEqual((oldest["successor"], oldest["path"]), ("2.0", "/audit/v1/contracts/invoice/1.0.json"))
        self.assertEqual(oldest["deprecated_at"].utcoffset(), timedelta())
        self.assertEqual(self.env["audit.contract"]._served("nothing"), [])

    def test_a_received_message_tells_what_it_was_held_against(self):
        connector = self._connector(inbound_active=True, inbound_secret=SECRET)
        data = {"nothing": 1}
        body = canonical.dumps(event(data))
        with self.second_cursor():
            connector._receive([(None, EVENT, body, {})], "file")
            connector._process_inbound()
        message = self.env["audit.inbound.message"].search([("connector_id", "=", connector.id)])
        self.assertEqual((message.state, message.checked_against), ("dead", "supplier_update/1.0"))
        self.assertTrue(message.violations)
        # The administrator has the contract widened, and the same message fits.
        contract = self.env["audit.contract"].search([("entity", "=", "supplier_update")])
        draft = self.env["audit.contract.version"].browse(
            contract.with_user(self.administrator).action_draft_minor()["res_id"]
        )
        schema = json.loads(draft.schema_text)
        schema["properties"]["nothing"] = {"type": "integer", "description": "Nothing."}
        schema.pop("required", None)
        schema.pop("anyOf", None)
        schema.pop("minProperties", None)
        draft.write({"schema_text": json.dumps(schema), "change_note": "Nothing."})
        draft.action_submit()
        self.assertIn(connector.name, draft.consumers_html)
        draft.with_user(self.approver).action_approve()
        contract_name, violations = self.env["audit.contract"]._check("supplier_update", data, 1)
        self.assertEqual((contract_name, violations), ("supplier_update/1.1", []))

    def test_checking_a_message_costs_no_query_once_the_contract_is_known(self):
        payload = json.loads(self.first.schema_text)["examples"][0]
        Contract = self.env["audit.contract"]
        self.assertEqual(Contract._check("invoice", payload, 1), ("invoice/1.0", []))
        Contract._served("invoice")
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            for _number in range(20):
                Contract._check("invoice", payload, 1)
                Contract._served("invoice")
        registry._compiled.clear()
        self.env.invalidate_all()
        self.assertGreater(self._queries(lambda: Contract._check("invoice", payload, 1)), 0)

    def _queries(self, act):
        before = self.cr.sql_log_count
        act()
        return self.cr.sql_log_count - before

    def test_a_contract_that_is_not_there_is_an_error_and_not_a_pass(self):
        for entity, major in (("nothing", 1), ("invoice", 9)):
            with self.assertRaisesRegex(ContractError, "There is no contract"):
                self.env["audit.contract"]._check(entity, {}, major)

    def test_drafts_and_reviews_hold_for_nobody(self):
        draft = self.draft(a=TEXT)
        for state in ("draft", "review"):
            self.assertEqual(draft.state, state)
            with self.assertRaises(ContractError):
                self.env["audit.contract"]._check("thing", {}, 1)
            self.assertEqual(self.env["audit.contract"]._served("thing"), [])
            if state == "draft":
                draft.action_submit()
        draft.with_user(self.approver).action_approve()
        self.assertEqual(self.env["audit.contract"]._check("thing", {"contract": "thing/1"}, 1), ("thing/1.0", []))

    def test_a_step_that_cannot_say_it_fails_one_message_and_holds_up_nothing(self):
        receiver = self.receiver()
        connector = self._connector(receiver)

        def refuse(message):
            raise ValueError("version 1 has no words for this")

        with self.second_version():
            with patch.object(type(self.env["audit.source.invoice"]), "_steps_down", lambda source: {1: refuse}):
                self._invoice(post=True)
                with mute_logger("odoo.addons.audit_connector_base.models.exchange.drain"):
                    self.drain(connector)
            failed = self.env["audit.delivery"].search([("connector_id", "=", connector.id)])
            self.assertEqual((failed.state, failed.failure), ("dead", "contract"))
            self.assertIn("no words for this", failed.reason)
            self.send_again(failed)
            self.drain(connector)
        self.assertEqual([event["data"]["contract"] for event in receiver.events()], ["invoice/1"])

    def test_a_message_that_was_altered_in_the_database_is_not_said_by_an_older_version_either(self):
        connector = self._connector(self.receiver())
        with self.second_version():
            invoice = self._invoice(post=True)
            self.cr.execute(
                "UPDATE audit_event SET payload = %s WHERE res_id = %s AND res_model = 'account.move'",
                [b'{"contract":"invoice/2"}', invoice.id],
            )
            with mute_logger("odoo.addons.audit_connector_base.models.exchange.drain"):
                self.drain(connector)
        delivery = self.env["audit.delivery"].search([("connector_id", "=", connector.id)])
        self.assertEqual(delivery.state, "dead")
        self.assertIn("not those that were recorded", delivery.reason)

    def test_steps_lead_down_one_after_the_other_and_change_nothing_they_were_given(self):
        source = self.env["audit.source.invoice"]
        steps = {
            2: lambda message: {**message, "seen": message["seen"] + [2]},
            1: lambda message: {**message, "seen": message["seen"] + [1]},
        }
        with patch.object(type(source), "_steps_down", lambda self_: steps):
            given = {"seen": [], "contract": "invoice/3"}
            before = copy.deepcopy(given)
            self.assertEqual(source._in_major(given, 3, 1), {"seen": [2, 1], "contract": "invoice/1"})
            self.assertEqual(source._in_major(given, 3, 3), given)
            self.assertEqual(source._in_major(given, 2, 1)["seen"], [1], "from what was made by version 2")
            self.assertEqual(given, before)
        with self.assertRaisesRegex(ValueError, "cannot be said by version 1"):
            source._in_major(given, 3, 1)

    def test_a_choice_stays_in_its_company_and_is_recorded(self):
        connector = self._connector()
        choice = self._choice(connector)
        other = self.env["res.company"].create({"name": "Other company"})
        elsewhere = self._connector(name="Elsewhere", company_id=other.id)
        stranger = self._user("str", "audit_connector_base.group_audit_connector_admin", company=other)
        self.env.flush_all()
        self.env.invalidate_all()
        mine = self._choice(elsewhere).with_user(stranger)
        with mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"):
            for change in (
                lambda: choice.with_user(stranger).write({"major": 1}),
                lambda: mine.write({"subscription_id": connector.subscription_ids.id}),
                lambda: mine.write({"contract_id": self.contract.id}),
                mine.unlink,
                lambda: mine.create({"subscription_id": connector.subscription_ids.id, "contract_id": 1, "major": 1}),
            ):
                with self.refused("", AccessError, UserError):
                    change()
        choice.with_user(self.administrator).version_id = self.first
        entry = self.env["audit.log.entry"].search([("kind", "=", "contract.chosen")], limit=1)
        self.assertEqual(entry.company_id, self.company)
        self.assertIn("invoice 1.0", entry.summary)

    def test_a_subscription_to_other_events_follows_their_contracts(self):
        subscription = self._connector().subscription_ids
        paid = self.env.ref("audit_connector_base.event_type_payment_posted")
        subscription.event_type_ids |= paid
        self.assertEqual(subscription.contract_ids.mapped("entity"), ["invoice", "payment"])
        subscription.event_type_ids = paid
        self.assertEqual(subscription.contract_ids.mapped("entity"), ["payment"])


@tagged("post_install", "-at_install")
class TestContractTurns(TransactionCase):
    """Transactions that are committed, so apart from tests that would see the contracts as they were before."""

    def test_nobody_begins_to_use_a_version_while_it_is_retired(self):
        """Both look first and write then; the database has the second begin anew."""
        with self.registry.cursor() as first, self.registry.cursor() as second:
            one, other = (
                self.env(cr=cr)["audit.contract"].search([("entity", "=", "invoice")]) for cr in (first, second)
            )
            self.assertEqual((one.entity, other.entity), ("invoice", "invoice"))
            one._take_turns()
            first.commit()
            with self.assertRaises(psycopg2.errors.SerializationFailure), mute_logger("odoo.sql_db"):
                other._take_turns()
