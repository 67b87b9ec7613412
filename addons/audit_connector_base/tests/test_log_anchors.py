import base64
import tempfile
from pathlib import Path
from unittest.mock import patch

from asn1crypto import tsp

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from ..adapters import file as file_adapter
from ..core import checkpoint, timestamp
from ..core.tests.time_authority import TimeAuthority, TimeServer
from .log_case import LogCase

WITNESS = checkpoint.Signer("witness.example/firm", bytes(range(64, 96)), checkpoint.COSIGNATURE)


@tagged("post_install", "-at_install")
class TestLogAnchors(LogCase, MockEmail):
    """Notes are handed to outsiders, and what these answer is kept and recorded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "office@example.com"
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.authority = TimeAuthority(Path(folder.name) / "authority")
        cls.server = TimeServer(cls.authority)
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        super().setUp()
        self.append(3)
        self.seal()
        self.server.status, self.server.spoil = 200, lambda answer: answer

    def _holder(self, kind, **values):
        return self.env["audit.log.anchor.target"].create(
            {"name": "Holder", "company_id": self.company.id, "kind": kind, **values}
        )

    def _tsa(self, **values):
        values = {"url": "http://%s/tsr" % self.server.host, "roots": self.authority.root, **values}
        return self._holder("tsa", **{"allowed_destinations": self.server.host, **values})

    def _hand_over(self, holder, **arguments):
        with self.second_cursor():
            said = holder._hand_over(**arguments)
        return holder.anchor_ids[:1], said

    def _hand_over_by_mail(self, holder):
        """Without a gateway that takes them, 19.0 counts what tests send as not sent."""
        with self.mock_mail_gateway():
            return self._hand_over(holder)

    def _last(self):
        return self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)

    def _entry(self, kind):
        return self.env["audit.log.entry"].search([("kind", "=", kind)], limit=1)

    def test_a_note_is_stamped_by_a_real_authority_and_the_token_is_logged(self):
        anchor, _said = self._hand_over(self._tsa())
        self.assertEqual((anchor.state, anchor.checkpoint_id), ("done", self._last()), anchor.detail)
        stamp = timestamp.check_token(base64.b64decode(anchor.content), self._last().note.encode(), self.authority.root)
        self.assertEqual(stamp.time.replace(tzinfo=None), anchor.proven_at)
        entry = self._entry("anchor.stamped")
        self.assertIn(anchor.content, entry.payload_text)
        self.assertIn("stamped with the time by Holder", entry.summary)

    def test_an_answer_that_proves_nothing_is_told_and_tried_again(self):
        holder = self._tsa()
        other = TimeAuthority(self.authority.folder.parent / "other")
        for spoil, status, reason in (
            (lambda answer: answer[:-9] + b"123456789", 200, "does not fit"),
            (lambda answer: b"<html>", 200, "cannot be read"),
            (lambda answer: answer, 503, "HTTP 503"),
        ):
            self.server.spoil, self.server.status = spoil, status
            anchor, _said = self._hand_over(holder)
            self.assertEqual(anchor.state, "failed")
            self.assertIn(reason, anchor.detail)
            self.assertIn(reason, holder.last_trouble)
        self.assertTrue(self._entry("anchor.failed"))
        self.server.spoil, self.server.status = (lambda answer: answer), 200
        anchor, _said = self._hand_over(self._tsa(roots=other.root))
        self.assertIn("no authority that is trusted", anchor.detail)
        self.assertEqual(self._hand_over(holder)[0].state, "done")

    def test_whatever_an_authority_says_of_its_refusal_can_be_stored(self):
        """A character that no database takes, or a text without end, would else stop the job for good."""
        words = "No\x00 " + "x" * 20_000
        refusal = tsp.PKIStatusInfo({"status": "rejection", "status_string": [words]})
        self.server.spoil = lambda answer: timestamp._Response({"status": refusal}).dump()
        anchor, _said = self._hand_over(self._tsa())
        self.assertEqual(anchor.state, "failed")
        self.assertIn("the authority refused: rejection (No\ufffd xxx", anchor.detail)
        self.assertLess(len(anchor.detail), 5000)

    def test_looking_at_a_holder_reads_no_time_stamp_but_the_last(self):
        """They come by the hour, for years."""
        holder = self._tsa()
        for _number in range(3):
            self._hand_over(holder, even_old=True)
        made = self.env["audit.log.anchor"].search([("target_id", "=", holder.id)])
        self.env.invalidate_all()
        self.assertTrue(holder.last_at)
        self.assertEqual(["content" in anchor._cache for anchor in made], [True, False, False])

    def test_an_authority_inside_the_network_has_to_be_named(self):
        anchor, _said = self._hand_over(self._tsa(allowed_destinations=False))
        self.assertEqual(anchor.state, "failed")
        self.assertIn("127.0.0.1", anchor.detail)

    def test_outsiders_get_the_note_by_e_mail_each_for_themselves(self):
        holder = self._holder("email", addresses="auditor@example.com\nfirm@example.org\n")
        note = self._last()
        with self.mock_mail_gateway():
            anchor, _said = self._hand_over(holder)
        self.assertEqual([mail["email_to"] for mail in self._mails], [["auditor@example.com"], ["firm@example.org"]])
        for mail in self._mails:
            (attachment,) = mail["attachments"]
            self.assertEqual(attachment[:2], (note._file_name(), note.note.encode()))
            self.assertIn("--seen NOTE", mail["body"])
        self.assertEqual((anchor.state, anchor.checkpoint_id), ("done", note))

    def test_an_e_mail_that_did_not_go_out_is_told(self):
        holder = self._holder("email", addresses="auditor@example.com")
        servers = self.env.registry["ir.mail_server"]
        connect = "_connect__" if hasattr(servers, "_connect__") else "connect"
        refused = ConnectionRefusedError(111, "Connection refused")
        with self.mock_mail_gateway(mail_unlink_sent=True), patch.object(servers, connect, side_effect=refused):
            anchor, _said = self._hand_over(holder)
        self.assertEqual(anchor.state, "failed", anchor.detail)
        self.assertIn("did not take it", holder.last_trouble)
        self.assertFalse(self.env["mail.mail"].sudo().search([("email_to", "=", "auditor@example.com")]))

    def test_a_note_is_written_into_the_folder_of_a_connector(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with patch.object(file_adapter.AuditAdapterFile, "_roots", lambda self: [folder.name]):
            connector = self.env["audit.connector"].create(
                {"name": "Drop", "adapter": "file", "file_folder": folder.name + "/notes"}
            )
            (Path(folder.name) / "notes").mkdir()
            holder = self._holder("file", connector_id=connector.id)
            self.assertEqual(holder.interval, "hour", "it costs nobody anything")
            anchor, _said = self._hand_over(holder)
            self.assertEqual(anchor.state, "done", anchor.detail)
            (file,) = Path(folder.name, "notes").iterdir()
            self.assertEqual(file.read_text(), self._last().note)
            self.assertEqual(file.name, "%s-%d.note" % (self.log.uuid, self._last().size))
            (Path(folder.name) / "notes" / file.name).unlink()
            (Path(folder.name) / "notes").rmdir()
            anchor, _said = self._hand_over(self._holder("file", connector_id=connector.id))
            self.assertIn("it is not there", anchor.detail)

    def test_that_a_note_was_handed_over_is_no_reason_to_hand_over_the_next(self):
        holder = self._holder("email", addresses="auditor@example.com")
        self.seal()
        self._hand_over_by_mail(holder)
        self.seal()
        self.assertGreater(self._last().size, holder.anchor_ids.size)
        self.assertIn("Nothing was recorded", self._hand_over_by_mail(holder)[1])
        self.append()
        self.seal()
        self.assertEqual(self._hand_over_by_mail(holder)[0].checkpoint_id, self._last())

    def test_holders_get_notes_as_often_as_they_are_to(self):
        holder = self._holder("email", addresses="auditor@example.com", interval="hour")

        def asked():
            self.env["audit.log.anchor.target"]._cron_hand_over()
            job = self.env["queue.job"].search([("identity_key", "=", "audit-anchor-%d" % holder.id)])
            found = len(job)
            job.unlink()
            return found

        self.assertEqual(asked(), 1)
        self._hand_over_by_mail(holder)
        self.assertEqual(asked(), 0)
        at = "UPDATE audit_log_anchor SET made_at = made_at - interval '1 hour' WHERE target_id = %s"
        self.tamper("audit_log_anchor", at, holder.id)
        self.assertEqual(asked(), 1)
        holder.interval = "day"
        self.assertEqual(asked(), 0)

    def test_machines_get_notes_every_hour_and_people_every_day_unless_somebody_chooses(self):
        mail, stamp = self._holder("email", addresses="auditor@example.com"), self._tsa()
        self.assertEqual((mail.interval, stamp.interval), ("day", "hour"))
        self.assertEqual(self._tsa(interval="day").interval, "day")
        form = Form(self.env["audit.log.anchor.target"].with_user(self.administrator))
        self.assertEqual(form.interval, "day")
        form.kind = "tsa"
        self.assertEqual(form.interval, "hour")

    def test_what_was_chosen_stays_when_a_change_of_the_same_holder_is_confirmed(self):
        holder = self._tsa(interval="day")
        holder.write({"kind": "tsa", "url": "https://tsa.example.com"})
        self.env.flush_all()
        self.assertEqual(holder.interval, "day")

    def test_a_stopped_log_hands_nothing_over(self):
        self.tamper("audit_log_leaf", "DELETE FROM audit_log_leaf WHERE log_id = %s AND index = 1", self.log.id)
        self.tamper("audit_log_leaf", "DELETE FROM audit_log_leaf WHERE log_id = %s AND index = 3", self.log.id)
        self.seal()
        self.assertTrue(self.log.frozen_kind)
        holder = self._holder("email", addresses="auditor@example.com")
        self.assertFalse(self._hand_over(holder)[0])

    def _upload(self, note, user=None):
        wizard = self.env["audit.log.witness"].with_user(user or self.administrator)
        wizard = wizard.create({"log_id": self.log.id, "file": base64.b64encode(str(note).encode())})
        with self.second_cursor():
            return wizard.action_take()

    def test_the_signature_of_a_known_witness_is_taken_in_once(self):
        holder = self._holder("witness", witness_key=str(WITNESS.key))
        note = checkpoint.parse(self._last().note)
        signed = note.signed_also(WITNESS.sign(note.text, 1795435200))
        self._upload(signed)
        (anchor,) = holder.anchor_ids
        self.assertEqual(str(anchor.proven_at), "2026-11-23 12:00:00")
        keys = [checkpoint.parse_key(self.log.verifier_key), WITNESS.key]
        whole = note.signed_also(*checkpoint.parse_signatures(anchor.content))
        self.assertEqual(checkpoint.verify(whole, keys).cosigned, ((WITNESS.key, 1795435200),))
        self.assertIn("signed by Holder", self._entry("anchor.cosigned").summary)
        with self.refused("taken in before"):
            self._upload(signed)

    def test_what_is_no_signature_of_a_known_witness_is_refused_in_words(self):
        note = checkpoint.parse(self._last().note)
        signed = note.signed_also(WITNESS.sign(note.text, 1795435200))
        with self.refused("No witness whose key is known"):
            self._upload(signed)
        self._holder("witness", witness_key=str(WITNESS.key))
        wrong = WITNESS.sign(note.text, 5)._replace(data=WITNESS.sign(note.text, 5).data[:-1] + b"x")
        foreign = checkpoint.sign(checkpoint.Checkpoint("elsewhere", 4, bytes(32)), [WITNESS_LOG])
        for file, reason in (
            (note, "No witness whose key is known"),
            (note.signed_also(wrong), "is wrong"),
            (foreign, "not a note of the log"),
            ("nonsense", "is no signed note"),
        ):
            with self.subTest(reason=reason), self.refused(reason):
                self._upload(file)

    def test_incomplete_holders_are_refused_in_words(self):
        for kind, values, reason in (
            ("email", {}, "at least one e-mail address"),
            ("email", {"addresses": "Auditor <auditor@example.com>"}, "is no e-mail address"),
            ("email", {"addresses": "a@b\r\nBcc: c@d"}, "is no e-mail address"),
            ("file", {}, "choose the connector"),
            ("file", {"connector_id": self._connector().id}, "of the protocol Files"),
            ("tsa", {"url": "https://tsa.example.com"}, "enter the certificate"),
            ("tsa", {"url": "ftp://tsa.example.com", "roots": self.authority.root}, ""),
            ("witness", {"witness_key": "x"}, "verifier key"),
            ("witness", {"witness_key": str(WITNESS_LOG.key)}, "not the key of a witness"),
        ):
            with self.subTest(kind=kind, reason=reason), self.refused(reason, ValidationError):
                self._holder(kind, **values)

    def test_holders_are_set_by_administrators(self):
        holder = self._holder("email", addresses="auditor@example.com")
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError):
            holder.with_user(self.accountant).addresses = "me@example.com"
        with self.refused("by connector administrators", UserError):
            holder.with_user(self.accountant).action_hand_over()
        with self.second_cursor(), self.mock_mail_gateway():
            action = holder.with_user(self.administrator).action_hand_over()
        self.assertEqual(action["params"]["type"], "success")
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError):
            self._upload("x", user=self.accountant)


WITNESS_LOG = checkpoint.Signer("elsewhere", bytes(range(32, 64)))
