import hashlib
import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models.contract.registry import published
from .api import ApiHttpCase


@tagged("post_install", "-at_install")
class TestApiLists(ApiHttpCase):
    """Lists and single documents, as a client with its token and permissions reads them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls._active("invoice:read", "payment:read", "supplier:read", "account:read", "attachment:read")
        cls.invoices = cls.env["account.move"].union(*(cls._invoice(post=True) for _number in range(5)))

    def setUp(self):
        super().setUp()
        self.token = self._token(self.client)

    def _list(self, query="", entity="invoice"):
        response = self._get("%s?%s" % (entity, query), self.token)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def _ids(self, query="", entity="invoice"):
        return [one["odoo"]["id"] for one in self._list(query, entity)["data"]]

    def _all_pages(self, query, between=lambda: None):
        found, address = [], "invoice?" + query
        while address:
            response = self._get(address.removeprefix("/audit/v1/"), self.token)
            self.assertEqual(response.status_code, 200, response.text)
            found += [one["odoo"]["id"] for one in response.json()["data"]]
            address = response.json()["next"]
            between()
        return found

    def test_a_list_answers_what_messages_say(self):
        response = self._get("invoice", self.token)
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        self.assertEqual(response.headers["Audit-Contract"], "invoice/1")
        self.assertNotIn("Set-Cookie", response.headers)
        found = {one["odoo"]["id"]: one for one in response.json()["data"]}
        self.assertLessEqual(set(self.invoices.ids), set(found))
        for one in found.values():
            self.assertEqual(published().violations("invoice", 1, one), [])
        (said,) = self.env["audit.source.invoice"]._payloads(self.invoices[0])
        self.assertEqual(found[self.invoices[0].id], said)

    def test_pages_hold_everything_once_whatever_is_added_and_changed_meanwhile(self):
        def change():
            self._invoice()
            self.invoices[0].narration = "Touched"

        before = self._ids("limit=500")
        found = self._all_pages("limit=2", between=change)
        self.assertEqual(found[: len(before)], before)
        self.assertEqual(len(found), len(set(found)))

    def test_the_address_of_the_next_page_repeats_the_question(self):
        found = self._list("limit=2&state=posted&kind=customer_invoice")
        self.assertTrue(
            found["next"].startswith("/audit/v1/invoice?limit=2&state=posted&kind=customer_invoice&cursor=")
        )
        self.assertIsNone(self._list("limit=500")["next"])

    def test_each_filter_narrows_the_list(self):
        bill = self._invoice("in_invoice", ref="R-17", invoice_date="2026-02-01", date="2026-02-02", post=True)
        draft = self._invoice(invoice_date="2026-05-01")
        other = self._invoice(partner_id=self.env["res.partner"].create({"name": "Else"}).id)
        everything = set(self._ids("limit=500"))
        for query, present, absent in (
            ("kind=supplier_bill", bill, draft),
            ("state=draft", draft, bill),
            ("payment_state=not_paid", bill, None),
            ("number=%s" % self.invoices[0].name, self.invoices[0], self.invoices[1]),
            ("reference=R-17", bill, draft),
            ("partner=%d" % other.partner_id, other, bill),
            ("partner=res.partner/%d" % other.partner_id, other, bill),
            ("journal=%s" % bill.journal_id.code, bill, draft),
            ("currency=%s" % bill.currency_id.name, bill, None),
            ("document_date_from=2026-05-01", draft, bill),
            ("document_date_to=2026-02-01", bill, draft),
            ("accounting_date_from=2026-02-02&accounting_date_to=2026-02-02", bill, self.invoices[0]),
            ("company=res.company/%d" % self.company, bill, None),
            ("company=%d&kind=supplier_bill&state=posted" % self.company, bill, draft),
        ):
            with self.subTest(query=query):
                found = set(self._ids(query + "&limit=500"))
                self.assertIn(present.id, found)
                if absent:
                    self.assertNotIn(absent.id, found)
                self.assertLessEqual(found, everything)

    def test_every_filter_of_every_entity_can_be_asked(self):
        """What the description promises is no error, whatever kind of value it takes."""
        values = {"date": "2026-03-31", "boolean": "true"}
        client = self._active(*("%s:read" % entity for entity in self.env["audit.api"]._sources()), burst=1000)
        token = self._token(client)
        for entity in self.env["audit.api"]._entities():
            for name, one in entity.filters.items():
                schema = one.schema
                value = values.get(schema.get("format") or schema["type"]) or schema.get("enum", ["7"])[0]
                if name == "document":
                    value = "account.move/7"
                if name == "company":
                    value = self.company.id
                with self.subTest(entity=entity.name, filter=name):
                    response = self._get("%s?%s=%s" % (entity.name, name, value), token)
                    self.assertEqual(response.status_code, 200, response.text)

    def test_only_the_members_asked_for(self):
        found = self._list("fields=number,amounts")["data"][0]
        self.assertEqual(list(found), ["contract", "id", "number", "amounts"])
        one = self._get("invoice/%d?fields=state" % self.invoices[0], self.token).json()
        self.assertEqual(one, {"contract": "invoice/1", "id": "account.move/%d" % self.invoices[0], "state": "posted"})

    def test_what_changed_since_comes_in_the_order_of_the_changes_and_is_not_lost_between_pages(self):
        """Times of changes are told apart to the microsecond, and equal ones by the number."""
        times = ["2031-01-01 10:00:00.000002", "2031-01-01 10:00:00.000001", "2031-01-01 10:00:00.000001"]
        self.env.flush_all()
        for move, time in zip(self.invoices, times):
            self.env.cr.execute("UPDATE account_move SET write_date = %s WHERE id = %s", [time, move.id])
        self.env.invalidate_all()
        first, second, third = self.invoices[:3].ids
        since = "changed_since=2031-01-01T10:00:00.000001Z"
        self.assertEqual(self._ids(since), [second, third, first])
        for limit in (1, 2):
            self.assertEqual(self._all_pages("%s&limit=%d" % (since, limit)), [second, third, first])
        self.assertEqual(self._ids("changed_since=2031-01-01T11:00:00.000002%2B01:00"), [first])
        self.assertEqual(self._ids("changed_since=2031-01-01T10:00:00.000003Z"), [])

    def test_as_of_lies_before_everything_that_could_not_be_seen_yet(self):
        """A transaction that is open now may still write under the time at which it began."""
        as_of = self._list()["as_of"]
        self.env.cr.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        (began,) = self.env.cr.fetchone()
        self.assertLessEqual(as_of, began, "this test's own transaction is open")
        self.assertLess(
            fields.Datetime.now() - fields.Datetime.to_datetime(as_of[:19].replace("T", " ")), timedelta(hours=1)
        )

    def test_a_supplier_counts_as_changed_with_its_bank_accounts(self):
        supplier = self._supplier()
        account = self.env["res.partner.bank"].create(
            {"acc_number": "DE02120300000000202051", "partner_id": supplier.id}
        )
        for change in (
            lambda: account.write({"acc_holder_name": "Somebody else"}),
            lambda: account.write({"active": False}),
            lambda: self.env["res.partner.bank"].create(
                {"acc_number": "DE02500105170137075030", "partner_id": supplier.id}
            ),
        ):
            self.env.flush_all()
            self.env.cr.execute("UPDATE res_partner SET write_date = '2020-01-01' WHERE id = %s", [supplier.id])
            self.env.invalidate_all()
            self.assertNotIn(supplier.id, self._ids("changed_since=2020-01-02T00:00:00Z&limit=500", "supplier"))
            change()
            self.assertIn(supplier.id, self._ids("changed_since=2020-01-02T00:00:00Z&limit=500", "supplier"))

    def test_what_is_out_of_use_is_read_as_well(self):
        supplier = self._supplier(active=False)
        self.assertIn(supplier.id, self._ids("limit=500", "supplier"))
        self.assertIn(supplier.id, self._ids("active=false", "supplier"))
        self.assertNotIn(supplier.id, self._ids("active=true&limit=500", "supplier"))

    def test_what_the_client_has_already_is_not_sent_again(self):
        for path in ("invoice?limit=2", "invoice/%d" % self.invoices[0]):
            with self.subTest(path=path):
                first = self._get(path, self.token)
                again = self._get(path, self.token, If_None_Match=first.headers["ETag"])
                self.assertEqual((again.status_code, again.content), (304, b""))
                self.assertEqual(again.headers["ETag"], first.headers["ETag"])
                self.invoices[0].ref = "Another %s" % path
                changed = self._get(path, self.token, If_None_Match=first.headers["ETag"])
                self.assertEqual(changed.status_code, 200)
                self.assertNotEqual(changed.headers["ETag"], first.headers["ETag"])

    def test_one_document(self):
        response = self._get("invoice/%d" % self.invoices[0], self.token)
        (said,) = self.env["audit.source.invoice"]._payloads(self.invoices[0])
        self.assertEqual(response.json(), said)
        self.assertFalse(response.headers["ETag"].startswith("W/"))
        head = self._request(
            "HEAD", "/audit/v1/invoice/%d" % self.invoices[0], {"Authorization": "Bearer " + self.token}
        )
        self.assertEqual((head.status_code, head.content, head.headers["ETag"]), (200, b"", response.headers["ETag"]))

    def test_a_document_that_is_not_there(self):
        entry = self._entry()
        for number in (2**31 - 1, 2**31, 0, -1, "1.0", "x", "account.move", "1 OR 1=1", "%00", entry.id):
            with self.subTest(number=number):
                self._assert_problem(self._get("invoice/%s" % number, self.token), 404, "not-found")

    def test_the_contract_can_be_chosen(self):
        self.assertEqual(self._list("contract=1&limit=1")["data"][0]["contract"], "invoice/1")
        for path in ("invoice?contract=2", "invoice/%d?contract=2" % self.invoices[0]):
            response = self._get(path, self.token)
            self._assert_problem(response, 400, "parameter")
            self.assertEqual(response.json()["parameter"], "contract")

    def test_a_wrong_parameter_is_named(self):
        for query, parameter in (
            ("state=gone", "state"),
            ("document_date_from=2026-02-30", "document_date_from"),
            ("partner=res.users/1", "partner"),
            ("number=", "number"),
            ("company=x", "company"),
            ("states=posted", "states"),
            ("limit=1000", "limit"),
            ("fields=password", "fields"),
            ("changed_since=now", "changed_since"),
            ("cursor=abc", "cursor"),
        ):
            with self.subTest(query=query):
                response = self._get("invoice?" + query, self.token)
                self._assert_problem(response, 400, "parameter")
                self.assertEqual(response.json()["parameter"], parameter)

    def test_every_read_is_logged_with_the_hash_of_what_was_answered(self):
        trace = "0af7651916cd43dd8448eb211c80319c"
        response = self._get(
            "invoice?limit=3&state=posted", self.token, traceparent="00-%s-b7ad6b7169203331-01" % trace
        )
        self.assertEqual(response.headers["Audit-Trace"], trace)
        entry = self._entries("api.read")[-1:]
        self.assertEqual(
            (entry.company_id, entry.correlation, entry.actor), (self.company, trace, "client/" + self.client.client_id)
        )
        facts = self._facts("api.read")
        self.assertEqual(facts["sha256"], hashlib.sha256(response.content).hexdigest())
        self.assertEqual((facts["count"], facts["query"], facts["status"]), (3, "limit=3&state=posted", 200))
        self.assertIn("Analytics", entry.summary)
        self.assertIn("Analytics", entry.actor_name)
        self._get("invoice/%d" % self.invoices[0], self.token)
        entry = self._entries("api.read")[-1:]
        self.assertEqual((entry.res_model, entry.res_id), ("account.move", self.invoices[0].id))
        count = len(self._entries("api.read"))
        self._get("invoice?state=cancelled", self.token)
        self.assertEqual(len(self._entries("api.read")), count + 1, "also when nothing was found")

    def test_queries_do_not_grow_with_the_list(self):
        def read(limit):
            self.env.flush_all()
            self.env.invalidate_all()
            # What is looked up every few seconds, whatever is read.
            self.env["audit.log"]._note_header(self.company)
            before = self.cr.sql_log_count
            self._list("limit=%d" % limit)
            return self.cr.sql_log_count - before

        read(1)
        few = read(2)
        for _number in range(10):
            self._invoice(post=True, lines=4)
        self.assertLessEqual(read(15), few + 2)

    def test_pages_are_no_longer_than_the_entity_allows(self):
        """Each file of a page is read as a whole."""
        self._assert_problem(self._get("attachment?limit=51", self.token), 400, "parameter")
        self.assertEqual(self._get("attachment?limit=50", self.token).status_code, 200)

    def test_entities_are_found_by_their_builders(self):
        self.assertLessEqual(
            {"account", "attachment", "invoice", "journal_entry", "payment", "period_lock", "supplier"},
            set(self.env["audit.api"]._sources()),
        )
        self.assertEqual(
            json.loads(self._get("account?limit=1", self.token).content)["data"][0]["contract"], "account/1"
        )
