from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .api import ApiHttpCase
from .contract_case import ContractCase


@tagged("post_install", "-at_install")
class TestContractApi(ContractCase, ApiHttpCase):
    """Programs that read by the API, and the versions of what they read."""

    def test_a_program_asks_for_the_version_that_it_knows(self):
        invoice = self._invoice(post=True)
        token = self._token(self._active())
        path = "invoice/%d" % invoice.id
        with self.second_version():
            newest, older = self._get(path, token), self._get(path + "?contract=1", token)
            listed = self._get("invoice?contract=1&fields=number", token).json()["data"]
            chosen = self._get(path + "?fields=cost_centre", token).json()
        self.assertEqual((newest.json()["contract"], newest.json()["cost_centre"]), ("invoice/2", "CC-7"))
        self.assertEqual(newest.headers["Audit-Contract"], "invoice/2")
        self.assertEqual((older.json()["contract"], "cost_centre" in older.json()), ("invoice/1", False))
        self.assertEqual({one["contract"] for one in listed}, {"invoice/1"})
        self.assertEqual(chosen["cost_centre"], "CC-7")
        self.assertNotEqual(newest.headers["ETag"], older.headers["ETag"])

    def test_an_answer_by_a_version_that_ends_says_so(self):
        token = self._token(self._active())
        with self.second_version():
            first = self.first.with_user(self.approver)
            first.sunset_date = fields.Date.context_today(first) + timedelta(days=30)
            first.action_deprecate()
            older, newest = self._get("invoice?contract=1", token), self._get("invoice", token)
            self.assertEqual(older.headers["Deprecation"], "@%d" % first.deprecated_at.timestamp())
            self.assertEqual(older.headers["Sunset"], first.sunset_date.strftime("%a, %d %b %Y 00:00:00 GMT"))
            self.assertIn('invoice/2.0.json>; rel="successor-version"', older.headers["Link"])
            self.assertNotIn("Sunset", newest.headers)
            first.sunset_date = first.sunset_date
            self.cr.execute("UPDATE audit_contract_version SET sunset_date = current_date WHERE id = %s", [first.id])
            first.invalidate_recordset()
            first.action_retire()
            self.assertEqual(self._get("invoice?contract=1", token).status_code, 400)

    def test_the_description_follows_what_is_approved(self):
        def described():
            schemas = self._get("openapi.json").json()["components"]["schemas"]
            return [name for name, schema in schemas.items() if "cost_centre" in schema.get("properties", {})]

        self.assertFalse(described())
        with self.second_version():
            self.assertTrue(described())

    def test_programs_are_among_those_whom_a_change_concerns(self):
        client = self._active("invoice:read", name="Analytics of Hooli")
        draft = self.env["audit.contract.version"].browse(
            self.invoices.with_user(self.administrator).action_draft_major()["res_id"]
        )
        self.assertIn("Analytics of Hooli", draft.consumers_html)
        self.assertIn("unless it asks for another: contract=1", draft.consumers_html)
        client.with_user(self.administrator).action_revoke()
        draft.invalidate_recordset()
        self.assertNotIn("Analytics of Hooli", draft.consumers_html or "")
