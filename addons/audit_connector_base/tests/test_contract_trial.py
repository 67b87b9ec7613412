import json

from odoo.tests import tagged

from ..core import canonical
from .contract_case import ContractCase
from .inbound import EVENT, SECRET, event


@tagged("post_install", "-at_install")
class TestContractTrial(ContractCase):
    """Versions are tried on what was said before anybody depends on them."""

    def _changed(self, contract, change, major=False):
        contract = contract.with_user(self.administrator)
        action = contract.action_draft_major() if major else contract.action_draft_minor()
        draft = self.env["audit.contract.version"].with_user(self.administrator).browse(action["res_id"])
        schema = json.loads(draft.schema_text)
        change(schema)
        draft.schema_text = json.dumps(schema)
        self.assertFalse(draft.problem)
        return draft

    def test_sent_messages_that_would_not_match_are_counted_by_place(self):
        for _number in range(3):
            self._invoice(post=True)
        known = self.env["audit.event"].search_count([("entity", "=", "invoice")])

        def shorten(schema):
            schema["properties"]["number"]["maxLength"] = 1

        draft = self._changed(self.invoices, shorten)
        draft.action_try()
        self.assertIn("of the last %d messages, %d do not match" % (known, known), draft.trial)
        self.assertIn("%d times: $.number is longer than 1 characters" % known, draft.trial)
        # That messages bear the name of the earlier main version is no news.
        same = self._changed(self.invoices, lambda schema: None, major=True)
        same.action_try()
        self.assertIn("of the last %d messages, 0 do not match" % known, same.trial)

    def test_received_messages_are_tried_and_never_quoted(self):
        connector = self._connector(inbound_active=True, inbound_secret=SECRET)
        bodies = [canonical.dumps(event({"secret": "DE02120300000000202051"})), b"no message at all"]
        with self.second_cursor():
            connector._receive([(None, EVENT, body, {}) for body in bodies], "file")
        contract = self.env["audit.contract"].search([("entity", "=", "supplier_update")])
        draft = self._changed(contract, lambda schema: None)
        draft.action_try()
        self.assertIn("of the last 1 messages, 1 do not match", draft.trial)
        self.assertIn("$.secret is not part of the contract", draft.trial)
        self.assertNotIn("DE0212", draft.trial)

    def test_a_message_whose_content_was_erased_is_left_out(self):
        connector = self._connector(inbound_active=True, inbound_secret=SECRET)
        with self.second_cursor():
            connector._receive([(None, EVENT, canonical.dumps(event({"id": "S-1"})), {})], "file")
        self.env.cr.execute("UPDATE audit_inbound_message SET body = NULL")
        contract = self.env["audit.contract"].search([("entity", "=", "supplier_update")])
        draft = self._changed(contract, lambda schema: None)
        draft.action_try()
        self.assertIn("no recent messages", draft.trial)

    def test_only_messages_of_ones_own_companies_are_counted(self):
        self._invoice(post=True)
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("far", "audit_connector_base.group_audit_connector_admin", company=other)
        draft = self._changed(self.invoices, lambda schema: None)
        self.env.flush_all()
        draft.with_user(stranger).action_try()
        self.assertIn("no recent messages", draft.trial)

    def test_accountants_try_nothing(self):
        draft = self._changed(self.invoices, lambda schema: None)
        with self.refused("tried by those who write or approve"):
            draft.with_user(self.accountant).action_try()
