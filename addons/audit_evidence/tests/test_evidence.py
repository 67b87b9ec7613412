import base64
import hashlib
import io
import json
import secrets
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.evidence import LARGEST, MOST
from .evidence_case import EvidenceCase

STORE = "odoo.addons.base.models.ir_attachment"


@tagged("post_install", "-at_install")
class TestEvidence(EvidenceCase):
    """Files for auditors stay as they were added, and say so."""

    def test_a_file_bears_the_hash_of_its_bytes_and_odoo_hands_it_to_nobody_by_itself(self):
        request = self._request()
        [evidence] = self._add(request, b"statement")
        self.assertEqual(evidence.sha256, hashlib.sha256(b"statement").hexdigest())
        attachment = evidence.attachment_id
        self.assertEqual((attachment.raw, evidence.file_state), (b"statement", "intact"))
        for person in (self._user("plain"), self.colleague, self.approver, self.env.ref("base.user_admin")):
            with mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule"):
                with self.assertRaises(AccessError):
                    attachment.with_user(person).read(["raw"])

    def test_a_file_stays_as_it_was_added_for_code_as_well(self):
        [evidence] = self._add(self._request(), b"statement")
        for values in ({"raw": b"other"}, {"name": "x.txt"}, {"res_id": 1}, {"public": True}):
            with self.assertRaisesRegex(UserError, "kept as it was added"):
                evidence.attachment_id.sudo().write(values)
        with self.assertRaisesRegex(UserError, "kept as it was added"):
            evidence.attachment_id.sudo().unlink()
        with self.assertRaisesRegex(UserError, "kept as it was added"):
            evidence.sudo().write({"sha256": "0" * 64})
        with self.assertRaisesRegex(UserError, "button on the request"):
            self.env["audit.evidence"].with_user(self.clerk).create({"name": "x"})

    def test_a_file_is_taken_out_only_before_it_was_provided(self):
        request = self._request()
        wrong, right = self._add(request, b"wrong", b"right")
        attachment = wrong.attachment_id
        place = self.env["audit.evidence.file"].browse(attachment.res_id)
        with self.assertRaisesRegex(UserError, "button on the request"):
            place.sudo().unlink()
        wrong.with_user(self.clerk).action_remove()
        self.assertFalse(attachment.exists() or place.sudo().exists())
        self.assertIn("evidence.removed", self.kinds(request))
        request.action_provide()
        request.with_user(self.approver)._return("Not signed")
        with self.assertRaisesRegex(UserError, "was provided to the auditor"):
            right.with_user(self.clerk).action_remove()
        with self.assertRaisesRegex(UserError, "was provided to the auditor"):
            right.sudo().unlink()

    def test_a_file_stays_in_a_request_that_was_cancelled(self):
        request = self._request()
        [evidence] = self._add(request, b"statement")
        request._cancel("Asked twice")
        with self.assertRaisesRegex(UserError, "is Cancelled"):
            evidence.with_user(self.clerk).action_remove()

    def test_that_a_file_was_provided_is_noted_once(self):
        evidence = self._provided().evidence_ids
        with self.assertRaisesRegex(UserError, "kept as it was added"):
            evidence.sudo().write({"provided_at": "2026-01-01 00:00:00"})
        place = self.env["audit.evidence.file"].sudo().browse(evidence.attachment_id.res_id)
        with self.assertRaisesRegex(UserError, "kept as it was added"):
            place.write({"request_id": self._request().id})

    def test_a_file_that_did_not_reach_the_store_is_refused(self):
        def swallow(_attachment, _content, checksum):
            return "no/%s" % checksum

        request = self._request()
        with patch.object(self.registry["ir.attachment"], "_file_write", swallow), mute_logger(STORE):
            with self.assertRaisesRegex(UserError, "could not be stored"):
                # Nothing that another test has in the store.
                self._add(request, secrets.token_bytes(8))

    def test_a_large_picture_is_kept_byte_for_byte(self):
        evidence = self.env["audit.evidence"]._add(self._request(), [("scan.png", _large_picture())])
        self.assertEqual((evidence.attachment_id.raw, evidence.media_type), (_large_picture(), "image/png"))

    def test_odoo_moves_its_file_store_and_changes_no_byte(self):
        files = [("scan.png", _large_picture()), ("list.xlsx", b"no sheet"), ("page.html", b"<html>statement</html>")]
        evidence = self.env["audit.evidence"]._add(self._request(), files)
        attachments = evidence.attachment_id
        other = self.env["ir.attachment"].create({"name": "other.txt", "raw": b"other"})
        self.env.flush_all()
        self.env["ir.config_parameter"].sudo().set_param("ir_attachment.location", "db")
        moved = [("id", "in", (attachments + other).ids)]
        with patch.object(self.registry["ir.attachment"], "_get_storage_domain", lambda _attachments: moved):
            self.env["ir.attachment"].sudo().force_storage()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(any((attachments + other).mapped("store_fname")), "they lie in the database now")
        self.assertEqual([one._intact() for one in evidence], [content for _name, content in files])
        self.assertEqual(attachments.mapped("mimetype"), evidence.mapped("media_type"))

    def test_the_same_content_may_be_written_together_with_another_file(self):
        evidence = self.env["audit.evidence"]._add(self._request(), [("list.csv", b"statement")])
        other = self.env["ir.attachment"].create({"name": "other.txt", "raw": b"other"})
        both = evidence.attachment_id.sudo() + other
        both.write({"datas": base64.b64encode(b"statement")})
        self.assertEqual((evidence._intact(), other.raw), (b"statement", b"statement"))
        self.assertEqual((evidence.attachment_id.mimetype, evidence.media_type), ("text/csv", "text/csv"))
        for values in (
            {"datas": base64.b64encode(b"else")},
            {"datas": "?"},
            {"raw": False},
            {"db_datas": b"statement"},
            {"raw": b"statement", "name": "else.txt"},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "kept as it was added"):
                both.write(values)

    def test_nobody_puts_a_file_beside_one_that_is_kept(self):
        [evidence] = self._add(self._request(), b"statement")
        there = {"res_model": "audit.evidence.file", "res_id": evidence.attachment_id.res_id}
        forged = {"name": "list.txt", "raw": b"forged"}
        attachments = self.env["ir.attachment"].with_user(self._user("plain"))
        loose = attachments.create({**forged, "res_id": there["res_id"]})
        defaults = {"default_%s" % name: value for name, value in there.items()}
        for name, way in {
            "by defaults": lambda: attachments.with_context(**defaults).create(forged),
            "in two steps": lambda: loose.write({"res_model": there["res_model"]}),
            "of no record": lambda: attachments.create({**forged, "res_model": there["res_model"]}),
            "as Odoo's routes": lambda: attachments.sudo().create({**forged, **there}),
            "moved as Odoo's routes": lambda: loose.sudo().write(there),
        }.items():
            with self.subTest(way=name), self.assertRaises(UserError):
                way()
        self.assertEqual((evidence._intact(), evidence.file_state), (b"statement", "intact"))

    def test_the_refusal_tells_nobody_whether_they_guessed_a_content(self):
        [evidence] = self._add(self._request(), b"statement")
        for person in (self._user("plain"), self.clerk):
            for guess in (b"statement", b"else"):
                with self.assertRaisesRegex(UserError, "kept as it was added"):
                    evidence.attachment_id.with_user(person).write({"raw": guess})

    def test_what_the_store_gives_back_is_compared(self):
        [evidence] = self._add(self._request(), b"statement")
        self.env.flush_all()
        attachment = evidence.attachment_id
        path = attachment._full_path(attachment.store_fname)
        with open(path, "wb") as file:
            file.write(b"tampered!")
        self.addCleanup(self._put_back, path)
        self.env.invalidate_all()
        self.assertEqual(evidence.file_state, "changed")
        with self.assertRaisesRegex(UserError, "not there as it was added"):
            evidence._intact()
        with self.assertRaisesRegex(UserError, "kept as it was added"):
            attachment._migrate()

    def _put_back(self, path):
        with open(path, "wb") as file:
            file.write(b"statement")

    def test_the_same_file_an_empty_one_and_one_that_is_too_large_are_refused(self):
        request = self._request()
        self._add(request, b"statement")
        with self.assertRaisesRegex(UserError, "there already"):
            self._add(request, b"statement")
        with self.assertRaisesRegex(UserError, "is empty, or larger"):
            self._add(request, b"")
        with self.assertRaisesRegex(UserError, "is empty, or larger"):
            self._add(request, bytes(LARGEST + 1))
        with self.assertRaisesRegex(UserError, "into one archive"):
            self._add(request, *(b"%d" % number for number in range(MOST)))

    def test_a_web_page_is_kept_as_plain_text(self):
        [evidence] = (
            self._request()
            .env["audit.evidence"]
            ._add(self._request(), [("page.html", b"<html><script>alert(1)</script></html>")])
        )
        self.assertEqual(evidence.media_type, "text/plain")

    def test_a_file_is_kept_under_a_name_that_is_safe_to_save_under(self):
        evidence = self.env["audit.evidence"]._add(self._request(), [("../../etc/pass\nwd<1>.xlsx", b"list")])
        self.assertEqual(evidence.name, "passwd1.xlsx")

    def test_only_own_uploads_are_added_by_the_dialog(self):
        request = self._request()
        upload = {"name": "a.txt", "raw": b"a", "res_model": "audit.evidence.add", "res_id": 0}
        own = self.env["ir.attachment"].with_user(self.clerk).create(upload)
        others = self.env["ir.attachment"].with_user(self.colleague).create({**upload, "raw": b"b"})
        wizards = self.env["audit.evidence.add"].with_user(self.clerk)
        dialog = wizards.create({"request_id": request.id, "file_ids": [(6, 0, own.ids)]})
        dialog.action_add()
        self.assertEqual(request.evidence_ids.mapped("name"), ["a.txt"])
        self.assertFalse(own.exists())
        dialog = wizards.create({"request_id": request.id})
        dialog.sudo().file_ids = others
        with self.assertRaisesRegex(UserError, "that you uploaded here"):
            dialog.with_user(self.clerk).with_env(dialog.env(su=True)).action_add()

    def test_what_was_uploaded_elsewhere_is_not_added_by_the_dialog(self):
        wizards, request = self.env["audit.evidence.add"].with_user(self.clerk), self._request()
        upload = {"name": "a.txt", "raw": b"a", "res_model": "res.partner", "res_id": self.clerk.partner_id.id}
        own = self.env["ir.attachment"].with_user(self.clerk).sudo().create(upload)
        dialog = wizards.create({"request_id": request.id})
        dialog.sudo().file_ids = own
        with self.assertRaisesRegex(UserError, "that you uploaded here"):
            dialog.action_add()


def _large_picture():
    """Larger than those that Odoo keeps as they are."""
    stored = io.BytesIO()
    Image.new("RGB", (2500, 10)).save(stored, "PNG")
    return stored.getvalue()


@tagged("post_install", "-at_install")
class TestAuditCase(EvidenceCase):
    """What platforms hear of a request."""

    def _source(self):
        return self.env["audit.source.audit_case"]

    def test_a_request_keeps_the_contract_in_every_state(self):
        invoice = self._invoice(post=True)
        opened = self._request(kind="question", description="Why?", due_date="2026-12-31")
        started = self._request(assigned_to_id=self.colleague.id)
        started.action_start()
        provided = self._request()
        provided.write({"document_ids": [(0, 0, {"document": "account.move,%d" % invoice.id})]})
        self._add(provided, b"statement")
        provided.action_provide()
        returned, completed, cancelled = self._provided(), self._provided(), self._request()
        returned.with_user(self.approver)._return("Unreadable")
        self._complete(completed)
        cancelled._cancel("Asked twice")
        requests = opened + started + provided + returned + completed + cancelled
        payloads = self._source()._payloads(requests, by=self.clerk)
        self.assertKeepsContract("audit_case", payloads)
        self.assertEqual(
            [one["state"] for one in payloads],
            ["open", "in_progress", "provided", "returned", "completed", "cancelled"],
        )
        self.assertEqual(payloads[2]["documents"], [{"id": "account.move/%d" % invoice.id, "number": invoice.name}])
        self.assertEqual(payloads[2]["evidence"][0]["sha256"], hashlib.sha256(b"statement").hexdigest())
        self.assertEqual((payloads[0]["kind"], payloads[0]["number"]), ("question", "PBC-001"))
        self.assertEqual(payloads[0]["engagement"]["period"], {"from": "2026-01-01", "to": "2026-12-31"})
        self.assertTrue(payloads[4]["closed_at"] and payloads[5]["closed_at"])

    def test_a_message_takes_as_many_queries_for_thirty_requests_as_for_one_of_each_shape(self):
        invoices = self.env["account.move"].concat(*(self._invoice(post=True) for _number in range(15)))
        requests = self.env["audit.request"]
        for number in range(30):
            request = self._request(assigned_to_id=self.colleague.id if number % 2 else False)
            request.write({"document_ids": [(0, 0, {"document": "account.move,%d" % invoices[number // 2].id})]})
            self._add(request, b"a", b"b")
            requests += request
        read = self._source()._payloads
        few = self.queries(read, requests[0] + requests[-1])
        self.assertLessEqual(self.queries(read, requests), few)

    def test_completing_tells_platforms_with_who_did_it(self):
        request = self._provided()
        with self.said("audit_request.completed") as heard:
            self._complete(request)
        [(_code, document, payload)] = heard
        self.assertEqual(document, request.with_env(self.env))
        self.assertEqual((payload["state"], payload["actor"]["name"]), ("completed", self.approver.name))
        self.assertIn("event.written", self.kinds(request))

    def test_a_back_fill_finds_what_was_completed_in_the_period(self):
        done = self._provided()
        self._complete(done)
        self._provided()
        today = done.closed_at.date()
        found = self._source()._backfill_domain("audit_request.completed", today, today, self.company)
        self.assertEqual(self.env["audit.request"].search(found), done.with_env(self.env))
        past = self._source()._backfill_domain("audit_request.completed", "2020-01-01", "2020-12-31", self.company)
        self.assertFalse(self.env["audit.request"].search(past))
        self.assertIsNone(self._source()._backfill_domain("invoice.posted", today, today, self.company))

    def test_a_back_fill_is_of_what_was_completed_in_the_companies_chosen(self):
        cancelled, done = self._request(), self._provided()
        cancelled._cancel("Asked twice")
        self._complete(done)
        today, other = done.closed_at.date(), self.env["res.company"].create({"name": "Other"})
        found = self._source()._backfill_domain("audit_request.completed", today, today, other)
        self.assertFalse(self.env["audit.request"].search(found))
        found = self._source()._backfill_domain("audit_request.completed", today, today, self.company)
        self.assertNotIn(cancelled.id, self.env["audit.request"].search(found).ids)

    def test_requests_are_searched_by_name_in_the_companies_at_work(self):
        request, other = self._request(title="Leases"), self.env["res.company"].create({"name": "Other"})
        self.assertIn(request.id, self._source()._search_by_name("ilike", "leases").ids)
        elsewhere = self._source().with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere._search_by_name("ilike", "leases"))

    def test_a_document_that_was_deleted_is_not_named(self):
        request, invoice = self._request(), self._invoice()
        request.write({"document_ids": [(0, 0, {"document": "account.move,%d" % invoice.id})]})
        invoice.unlink()
        self.env.invalidate_all()
        [payload] = self._source()._payloads(request)
        self.assertEqual(payload["documents"], [])

    def test_the_event_type_knows_its_document(self):
        kind = self.env["audit.event.type"].search([("code", "=", "audit_request.completed")])
        self.assertEqual(kind.document_model, "audit.request")

    def test_the_trail_of_events_finds_a_request_by_its_number(self):
        request = self._provided(title="Leases of the year")
        self._complete(request)
        for word in (request.number, "Leases"):
            found = self.env["audit.event"].search([("document_name", "ilike", word), ("res_id", "=", request.id)])
            self.assertEqual(json.loads(found.payload_text)["number"], request.number)
