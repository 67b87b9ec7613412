import base64
from unittest.mock import patch

from odoo.tests import tagged

from ..core import checkpoint, rate
from ..models.access import api_description
from .api import ApiHttpCase
from .log_case import LogCase

PATH = "/audit/v1/log/cosignature"
NOON = 1795435200  # of 23 November 2026, in Unix seconds
WITNESS, OTHER = (
    checkpoint.Signer("witness.example/%s" % name, bytes([number]) * 32, checkpoint.COSIGNATURE)
    for name, number in (("firm", 71), ("other", 72))
)
STRANGER = checkpoint.Signer("elsewhere.example/odoo-audit/1", bytes([73]) * 32)


@tagged("post_install", "-at_install")
class TestLogCosignature(LogCase, ApiHttpCase):
    """A witness sends its signature by itself, and whoever is none learns nothing."""

    def setUp(self):
        super().setUp()
        self.append(3)
        self.seal()
        self.env["audit.log"]._forget_notes()
        self.addCleanup(self.env["audit.log"]._forget_notes)
        stored = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)
        self.handed_out = checkpoint.parse(stored.note)

    def _registered(self, witness=WITNESS, **values):
        values = {"company_id": self.company.id, "witness_key": str(witness.key), **values}
        return self.env["audit.log.anchor.target"].create({"name": "Firm", "kind": "witness", **values})

    def _signed(self, witness=WITNESS, at=NOON, note=None):
        note = note or self.handed_out
        return note.signed_also(witness.sign(note.text, at))

    def _send(self, note, **headers):
        body = note if isinstance(note, bytes) else str(note).encode()
        return self._request("POST", PATH, {"Content-Type": "text/plain", **headers}, body)

    def test_a_registered_witness_needs_nothing_but_its_signature(self):
        holder = self._registered()
        response = self._send(self._signed())
        self.assertEqual((response.status_code, response.content), (204, b""), response.text)
        given = base64.b64decode(response.headers["Audit-Checkpoint"]).decode()
        self.assertEqual(checkpoint.parse(given).text, self.handed_out.text)
        (anchor,) = holder.anchor_ids
        self.assertEqual((anchor.kind, anchor.state), ("witness", "done"))
        self.assertEqual(str(anchor.proven_at), "2026-11-23 12:00:00")
        keys = [checkpoint.parse_key(self.log.verifier_key), WITNESS.key]
        whole = self.handed_out.signed_also(*checkpoint.parse_signatures(anchor.content))
        self.assertEqual(checkpoint.verify(whole, keys).cosigned, ((WITNESS.key, NOON),))
        said = self._facts("anchor.cosigned")
        self.assertEqual(said["to"], "Firm")
        self.assertIn("witness.example/firm, sent from 127.0.0.1", said["detail"])

    def test_a_signature_is_kept_once_however_often_it_comes(self):
        holder = self._registered()
        for at in (NOON, NOON, NOON + 60):
            self.assertEqual(self._send(self._signed(at=at)).status_code, 204)
        self.assertEqual(len(holder.anchor_ids), 1)
        self.assertEqual(len(self._entries("anchor.cosigned")), 1)

    def test_whatever_else_is_sent_has_one_answer(self):
        holder = self._registered()
        wrong = self._signed()
        wrong = wrong._replace(signatures=[one._replace(data=one.data[:-1] + b"x") for one in wrong.signatures])
        size = self.handed_out.checkpoint.size
        forged = checkpoint.Checkpoint(self.log.origin, size, bytes(32))
        longer = checkpoint.Checkpoint(self.log.origin, 2**53 - 1, bytes(32))
        foreign = checkpoint.Checkpoint(STRANGER.key.name, size, self.handed_out.checkpoint.root)
        answers = set()
        for note, cause in (
            (self._signed(OTHER), "no witness that is registered"),
            (self.handed_out, "no witness that is registered"),
            (wrong, "is wrong"),
            (self._signed(note=checkpoint.sign(forged, [STRANGER])), "no such note"),
            (self._signed(note=checkpoint.sign(longer, [STRANGER])), "no such note"),
            (self._signed(note=checkpoint.sign(foreign, [STRANGER])), "no such note"),
            (b"nonsense", "empty line"),
            (b"", "empty line"),
            (b"\xff\xfe", "UTF-8"),
            (b"x\n\n" + STRANGER.sign("x").line.encode(), "three lines"),
        ):
            response = self._send(note)
            self._assert_problem(response, 422, "not-taken")
            self.assertNotIn("Audit-Checkpoint", response.headers)
            answers.add(response.content)
            self.assertIn(cause, self._refused())
        self.assertEqual(len(answers), 1)
        self.assertFalse(holder.anchor_ids)
        self.assertEqual(len(self._entries("api.refused")), 1, "counted, not recorded one by one")

    def _refused(self):
        """Why the last one was refused, for people here."""
        refusal = self.env["audit.api.refusal"].search([("reason", "=", "not-taken")], limit=1)
        self.assertEqual(refusal.reason_name, "Not signed by a known witness")
        return refusal.detail

    def test_of_two_witnesses_neither_is_kept_when_one_signature_is_wrong(self):
        holders = self._registered() | self._registered(OTHER)
        wrong = OTHER.sign(self.handed_out.text, NOON)
        wrong = wrong._replace(data=wrong.data[:-1] + b"x")
        self._assert_problem(self._send(self._signed().signed_also(wrong)), 422, "not-taken")
        self.assertFalse(holders.anchor_ids)
        both = self._signed().signed_also(OTHER.sign(self.handed_out.text, NOON))
        self.assertEqual(self._send(both).status_code, 204)
        self.assertEqual(len(holders.anchor_ids), 2)

    def test_a_witness_of_another_company_or_one_that_was_archived_is_none(self):
        elsewhere = self.env["res.company"].create({"name": "Other company"})
        self._registered(company_id=elsewhere.id)
        self._registered(active=False)
        self._assert_problem(self._send(self._signed()), 422, "not-taken")

    def test_what_is_not_worth_reading_is_not_read(self):
        self._registered()
        note = self._signed()
        self._assert_problem(self._send(note, **{"Content-Type": "application/json"}), 415, "content-type")
        self._assert_problem(self._send(note, **{"Content-Encoding": "gzip"}), 415, "content-type")
        self._assert_problem(self._send(b"x" * 16_385), 413, "too-large")
        chunks = self._request("POST", PATH, {"Content-Type": "text/plain"}, iter([b"x"]))
        self._assert_problem(chunks, 411, "length-required")
        self._assert_problem(self._request("GET", PATH), 405, "method")

    def test_who_sends_without_end_is_told_to_wait(self):
        self._registered()
        with (
            patch.object(api_description, "PUBLIC_RATE", 2),
            patch.object(api_description, "_buckets", rate.Buckets()),
        ):
            answers = [self._send(self._signed()).status_code for _time in range(4)]
        self.assertEqual(answers, [204, 204, 429, 429])
