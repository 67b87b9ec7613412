import json
import random
from urllib.parse import quote

from odoo import Command
from odoo.tests import tagged

from .api import TOKEN, ApiHttpCase
from .records import Maker, declared

SEED = 20260331
REQUESTS = 300
INJECTIONS = (
    "' OR 1=1 --",
    "1); DROP TABLE account_move; --",
    "1 UNION SELECT password FROM res_users",
    "%' OR '%'='",
    "\\",
    "%s",
    "%(id)s",
    "{0.__class__}",
    "$(id)",
    "../../../etc/passwd",
    "a" * 2000,
    "\U0001f4a3",
    "\u202e",
)


@tagged("post_install", "-at_install")
class TestApiAttacks(ApiHttpCase):
    """What somebody may try who knows the address, or has a token for something else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other company"})
        cls._load_chart(cls.other)
        cls.env.user.company_ids += cls.other
        cls._documents_of_both()
        scopes = ["%s:read" % entity for entity in cls.env["audit.api"]._sources()]
        cls.everything = cls._active(*scopes, rate_per_minute=60_000, burst=10_000)

    @classmethod
    def _documents_of_both(cls):
        cls.foreign = {}
        for company in (cls.company, cls.other):
            env = cls.env(context={"allowed_company_ids": company.ids})
            partner = env["res.partner"].create(
                {
                    "name": "Supplier of %s" % company.name,
                    "is_company": True,
                    "supplier_rank": 1,
                    "company_id": company.id,
                }
            )
            line = Command.create({"name": "Service", "quantity": 1, "price_unit": 10})
            values = {"partner_id": partner.id, "invoice_date": "2026-03-31", "invoice_line_ids": [line]}
            invoice = env["account.move"].create({"move_type": "in_invoice", **values})
            invoice.action_post()
            bank = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
            payment = env["account.payment"].create(
                {"amount": 1, "payment_type": "outbound", "partner_type": "supplier", "partner_id": partner.id,
                 "journal_id": bank.id}
            )  # fmt: skip
            file = env["ir.attachment"].create(
                {"name": "bill.txt", "raw": b"x", "res_model": "account.move", "res_id": invoice.id}
            )
            entry = env["account.move"].create({"move_type": "entry"})
            accounts = env["account.account"].search(env["account.account"]._check_company_domain(company))
            cls.foreign[company.id] = {
                "invoice": invoice.id,
                "supplier": partner.id,
                "payment": payment.id,
                "attachment": file.id,
                "journal_entry": entry.id,
                "account": accounts[:1].id,
                "period_lock": company.id,
            }
            maker = Maker(env)
            for entity, make in declared(env, "DOCUMENTS").items():
                cls.foreign[company.id][entity] = make(maker).id

    def _ids(self, entity, token, query=None):
        query = query or "limit=%d" % self.env["audit.source"]._of_entity(entity)._longest_page
        response = self._get("%s?%s" % (entity, query), token)
        self.assertEqual(response.status_code, 200, response.text)
        return {one["odoo"]["id"] for one in response.json()["data"]}, response.text

    def test_no_client_reads_or_notices_another_company(self):
        """Walks every entity as it stands; one that is added without a document fails, see ``records.declared``."""
        token = self._token(self.everything)
        mine, theirs = self.foreign[self.company.id], self.foreign[self.other.id]
        for entity in self.env["audit.api"]._sources():
            with self.subTest(entity=entity):
                self.assertIn(entity, theirs, "nothing to protect")
                found, said = self._ids(entity, token)
                self.assertIn(mine[entity], found)
                self.assertNotIn(theirs[entity], found)
                self.assertNotIn(self.other.name, said)
                missing = self._get("%s/2147483647" % entity, token)
                foreign = self._get("%s/%d" % (entity, theirs[entity]), token)
                self._assert_problem(foreign, 404, "not-found")
                self.assertEqual(foreign.content, missing.content)
                for company in (self.other.id, 2**31 - 1):
                    response = self._get("%s?company=%d" % (entity, company), token)
                    self._assert_problem(response, 404, "not-found")
        for name, value in (("partner", theirs["supplier"]), ("kind", "supplier_bill")):
            found, said = self._ids("invoice", token, "%s=%s&limit=500" % (name, value))
            self.assertNotIn(theirs["invoice"], found)
            self.assertNotIn(self.other.name, said)
        found, _said = self._ids("attachment", token, "document=account.move/%d" % theirs["invoice"])
        self.assertEqual(found, set())

    def test_a_client_of_two_companies_reads_both_and_each_logs_its_own(self):
        for user in (self.administrator, self.approver):
            user.company_ids += self.other
        both = self._active("invoice:read", name="Both", company_ids=[Command.set([self.company.id, self.other.id])])
        token = self._token(both)
        found, _said = self._ids("invoice", token)
        self.assertLessEqual({self.foreign[one.id]["invoice"] for one in (self.company, self.other)}, found)
        entries = self._entries("api.read")[-2:]
        self.assertEqual(set(entries.company_id.ids), {self.company.id, self.other.id})
        found, said = self._ids("invoice", token, "company=%d&limit=500" % self.other)
        self.assertNotIn(self.foreign[self.company.id]["invoice"], found)
        self.assertEqual(self._entries("api.read")[-1:].company_id, self.other)

    def test_nothing_that_is_written_into_a_parameter_is_more_than_a_value(self):
        token = self._token(self.everything)
        before = self.env["account.move"].search_count([])
        for entity in self.env["audit.api"]._entities():
            if not entity.contract:
                continue
            for name in [*entity.filters, "fields", "limit", "cursor", "contract", "changed_since"]:
                for attempt in INJECTIONS:
                    path = "%s?%s=%s" % (entity.name, name, quote(attempt.encode("utf-8", "surrogatepass")))
                    response = self._get(path, token)
                    if response.status_code == 200:
                        self.assertEqual(response.json()["data"], [], path)
                    else:
                        self._assert_problem(response, 400, "parameter")
                        self.assertEqual(response.json()["parameter"], name)
        self.assertEqual(self.env["account.move"].search_count([]), before)

    def test_nothing_in_a_path_or_the_name_of_a_parameter_is_more_than_a_name(self):
        token = self._token(self.everything)
        for attempt in (*INJECTIONS, "invoice:read", "audit.source.invoice", "__class__", "INVOICE", "_label"):
            if "/" in attempt:
                continue
            written = quote(attempt.encode("utf-8", "surrogatepass"), safe="")
            self._assert_problem(self._get(written, token), 404, "unknown-path")
            self._assert_problem(self._get("invoice/%s" % written, token), 404, "not-found")
            response = self._get("invoice?%s=1" % written, token)
            self._assert_problem(response, 400, "parameter")
            self.assertTrue(response.json()["detail"].isprintable())

    def test_a_cursor_of_somebody_else_or_for_something_else_is_none(self):
        other = self._active("invoice:read", "account:read", name="Other")
        token, other_token = self._token(self.everything), self._token(other)
        for _number in range(2):
            self._invoice(post=True)
        address = self._get("invoice?limit=1", token).json()["next"]
        cursor = address.partition("cursor=")[2]
        for path, who in (
            ("invoice?limit=1&cursor=" + cursor, other_token),
            ("account?limit=1&cursor=" + cursor, token),
            ("invoice?limit=1&state=draft&cursor=" + cursor, token),
            ("invoice?limit=1&changed_since=2020-01-01T00:00:00Z&cursor=" + cursor, token),
            ("invoice?limit=1&cursor=" + cursor[:-2], token),
            ("invoice?limit=1&cursor=" + cursor.swapcase(), token),
            ("invoice?limit=1&cursor=" + cursor + "%00", token),
            ("invoice?limit=1&cursor=", token),
        ):
            response = self._get(path, who)
            self._assert_problem(response, 400, "parameter")
            self.assertEqual(response.json()["parameter"], "cursor")
        self.assertEqual(self._get("invoice?limit=3&cursor=" + cursor, token).status_code, 200, "the limit may change")

    def test_a_token_counts_in_its_header_only_and_once(self):
        token = self._token(self.everything)
        for path in ("invoice?access_token=" + token, "invoice"):
            self.opener.cookies.set("session_id", token)
            self._assert_problem(self._get(path), 401, "credentials")
        host = "Host: localhost"
        for headers in (
            ["Authorization: Bearer " + token, "Authorization: Bearer " + token],
            ["Authorization: Bearer x", "Authorization: Bearer " + token],
            ["Authorization: Bearer %s, Bearer x" % token],
            ["X-Original-Authorization: Bearer " + token],
            ["Authorization : Bearer " + token],
        ):
            lines = ["GET /audit/v1/invoice HTTP/1.1", host, *headers, "Connection: close", "", ""]
            status, _head, _body = self._raw("\r\n".join(lines).encode())
            self.assertIn(status, (400, 401), headers)
        lines = ["GET /audit/v1/invoice HTTP/1.1", host, "Authorization: Bearer " + token, "", ""]
        self.assertEqual(self._raw("\r\n".join(lines).encode())[0], 200)

    def test_addresses_below_ours_that_do_not_exist_are_problems_as_well(self):
        for path in (
            "/audit/v1",
            "/audit/v1/",
            "/audit/v1/a/b/c",
            "/audit/v1/invoice/1/lines",
            "/audit/v1/docs/x/y",
            "/audit/v1/%2e%2e/web/x",
        ):
            for method in ("GET", "POST", "DELETE"):
                with self.subTest(path=path, method=method):
                    self._assert_problem(self._request(method, path), 404, "unknown-path")

    def test_methods_that_are_not_possible(self):
        token = {"Authorization": "Bearer " + self._token(self.everything)}
        for path, allowed in (
            (TOKEN, "OPTIONS, POST"),
            ("/audit/v1/invoice", "GET, HEAD, OPTIONS"),
            ("/audit/v1/attachment", "GET, HEAD, OPTIONS, POST"),
            ("/audit/v1/control_result", "OPTIONS, POST"),
            ("/audit/v1/invoice/1", "GET, HEAD, OPTIONS"),
            ("/audit/v1/health", "GET, HEAD, OPTIONS"),
            ("/audit/v1/log/cosignature", "OPTIONS, POST"),
        ):
            for method in ("PUT", "PATCH", "DELETE", "TRACE", "BREW"):
                with self.subTest(path=path, method=method):
                    response = self._request(method, path, token)
                    self._assert_problem(response, 405, "method")
                    self.assertEqual(response.headers["Allow"], allowed)
            options = self._request("OPTIONS", path, {"Origin": "https://evil.example"})
            self.assertEqual((options.status_code, options.headers["Allow"]), (204, allowed))
            self.assertNotIn("Access-Control-Allow-Origin", options.headers)

    def test_a_query_without_end_is_refused(self):
        token = self._token(self.everything)
        self._assert_problem(self._get("invoice?number=" + "x" * 9000, token), 414, "query-too-long")
        many = "&".join("a%d=1" % number for number in range(1000))
        self._assert_problem(self._get("invoice?" + many, token), 400, "query")

    def test_whatever_is_sent_the_answer_is_never_a_500(self):
        """Requests that were right and then changed at random places; tokens, cursors and bodies among them."""
        chance = random.Random(SEED)
        token = self._token(self.everything)
        address = self._get("invoice?limit=1", token).json()["next"] or "/audit/v1/invoice?cursor=x"
        form = "grant_type=client_credentials&client_id=%s&client_secret=ads_x" % self.everything.client_id
        seen = {}
        for number in range(REQUESTS):
            request = self._mutated(chance, chance.choice(["invoice", "supplier/1", "account"]), address, token, form)
            try:
                status, head, body = self._raw(request)
            except (ValueError, IndexError):
                # The server closed the connection without an answer, because the request line itself was broken.
                continue
            seen[status] = seen.get(status, 0) + 1
            self.assertLess(status, 500, (number, request, head, body))
            if status not in (200, 304) and "problem+json" not in head:
                # The server's own answer to headers that it could not read itself.
                self.assertIn(status, (400, 414, 431), (number, request, head, body))
        self.assertGreaterEqual(len(seen), 4, seen)

    def _mutated(self, chance, path, address, token, form):
        target = chance.choice(["/audit/v1/" + path, address, "/audit/v1/invoice?fields=id&limit=2"])
        prefix = "/audit/v1/"
        target = prefix + _changed(chance, target.removeprefix(prefix))
        lines = ["GET %s HTTP/1.1" % target, "Host: localhost", "Authorization: Bearer " + token]
        if chance.random() < 0.4:
            lines[2] = _changed(chance, lines[2])
        if chance.random() < 0.3:
            lines.append(_changed(chance, 'If-None-Match: W/"abc", "def"'))
        body = ""
        if chance.random() < 0.4:
            body = _changed(chance, form)
            lines[0] = "POST %s HTTP/1.1" % TOKEN
            lines += ["Content-Type: application/x-www-form-urlencoded", "Content-Length: %d" % len(body.encode())]
        elif chance.random() < 0.3:
            body = _changed(chance, json.dumps({"control": "x", "result": "pass"}))
            lines[0] = "POST /audit/v1/control_result HTTP/1.1"
            lines += ["Content-Type: application/json", "Idempotency-Key: k", "Content-Length: %d" % len(body.encode())]
        return ("\r\n".join([*lines, "Connection: close", "", ""]) + body).encode("utf-8", "surrogatepass")


def _changed(chance, text):
    """``text`` with a few pieces changed, doubled, dropped or put in, but without the end of a line."""
    letters = list(text)
    for _time in range(chance.randrange(0, 3)):
        place = chance.randrange(1, len(letters))
        piece = chance.choice(["%00", "%ff", "é", "\x01", "'", "\\", "[", "&", "=", ",", "", "9" * 40, "A", "%"])
        letters[place : place + chance.randrange(3)] = piece
    return "".join(letters)
