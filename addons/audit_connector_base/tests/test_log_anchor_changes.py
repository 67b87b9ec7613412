import json
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from ..adapters import file as file_adapter
from .log_case import LogCase
from .sealing import SealedAtOnce


@tagged("post_install", "-at_install")
class TestLogAnchorChanges(SealedAtOnce, LogCase, MockEmail):
    """Nobody leads the notes elsewhere alone, nor without a word to who got them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "office@example.com"
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver")

    def setUp(self):
        super().setUp()
        self.append(3)
        self.seal()
        self.holder = self._holder()
        with self.mock_mail_gateway():
            self._hand_over(self.holder)

    def _holder(self, **values):
        values = {"name": "Firm", "company_id": self.company.id, "addresses": "firm@example.com", **values}
        return self.env["audit.log.anchor.target"].with_user(self.administrator).create(values)

    def _hand_over(self, holder):
        with self.second_cursor():
            holder.sudo()._hand_over(even_old=True)
        return holder.sudo().anchor_ids[:1]

    def _asked(self, holder=None, user=None, **values):
        values = {"target_id": (holder or self.holder).id, "reason": "Another firm", **values}
        return self.env["audit.log.anchor.change"].with_user(user or self.administrator).create(values)

    def _confirm(self, change, user=None):
        change = change.with_user(user or self.approver)
        self.confirmed(change, "approve").action_confirm()
        self.env.flush_all()

    def _facts(self, kind):
        return json.loads(self.env["audit.log.entry"].search([("kind", "=", kind)], limit=1).payload_text)

    def test_a_confirmed_change_is_sealed_at_once(self):
        change = self._asked(addresses="other@example.com")
        with self.mock_mail_gateway(), self.sealed_at_once():
            self._confirm(change)

    def test_whoever_has_notes_is_not_changed_or_switched_off_by_one_person(self):
        for values in ({"addresses": "me@evil.example"}, {"active": False}, {"kind": "tsa"}, {"place": "x"}):
            with self.subTest(values=values), self.refused("second person|for Odoo to note"):
                self.holder.write(values)
        self.holder.write({"name": "The firm", "interval": "hour", "addresses": "firm@example.com"})

    def test_who_has_no_notes_yet_is_corrected_by_one(self):
        """So a first holder is made and tried in a fresh installation, and a slip of the pen costs nobody a call."""
        holder = self._holder(addresses="frim@example.com")
        holder.addresses = "firm@example.org"
        holder.active = False

    def test_until_a_second_person_confirms_the_holder_gets_notes_as_before(self):
        change = self._asked(addresses="other@example.org")
        self.assertIn("firm@example.com → other@example.org", change.difference)
        self.assertEqual(self.holder.change_id, change)
        asked = self._facts("holder.change_asked")
        self.assertEqual((asked["by"], asked["reason"]), (self.administrator.name, "Another firm"))
        self.append()
        self.seal()
        with self.mock_mail_gateway():
            self._hand_over(self.holder)
        self.assertEqual([mail["email_to"] for mail in self._mails], [["firm@example.com"]])
        self._confirm(change)
        self.append()
        self.seal()
        with self.mock_mail_gateway():
            self._hand_over(self.holder)
        self.assertEqual([mail["email_to"] for mail in self._mails], [["other@example.org"]])
        self.assertEqual((change.state, change.approved_by_id), ("done", self.approver))
        self.assertFalse(self.holder.change_id)

    def test_the_log_keeps_old_and_new_and_former_holders_are_told(self):
        self._holder(name="Bank", addresses="bank@example.com")
        self._holder(name="Elsewhere", addresses="else@example.com", company_id=False)
        change = self._asked(gets_notes=False)
        self._confirm(change)
        said = self._facts("holder.changed")
        self.assertEqual((said["asked_by"], said["by"]), (self.administrator.name, self.approver.name))
        (line,) = said["changes"]
        self.assertEqual((line["field"], line["old"], line["new"]), ("active", "yes", "no"))
        setting = self._facts("configuration.changed")
        self.assertEqual((setting["name"], setting["fields"][0]["old"]), ("Firm", "yes"))
        mails = self.env["mail.mail"].sudo().search([("subject", "like", "who gets the signed notes")])
        self.assertEqual(set(mails.mapped("email_to")), {"firm@example.com", "bank@example.com"})
        for words in ("Another firm", self.administrator.name, self.approver.name):
            self.assertIn(words, mails[0].body_html)
        note = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)
        self.assertEqual(mails[0].attachment_ids.raw, note.note.encode())
        self.assertFalse(self.holder.active)

    def test_word_to_former_holders_goes_out_at_once_and_shows_how_far_it_is(self):
        self._holder(name="Bank", addresses="bank@example.com")
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", queue.id)]).unlink()
        change = self._asked(gets_notes=False)
        self.assertFalse(change.told_text)
        self._confirm(change)
        self.assertTrue(self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", queue.id)]))
        mails = self.env["mail.mail"].sudo().search([("subject", "like", "who gets the signed notes")])
        change.invalidate_recordset()
        self.assertEqual(change.told_text.count("goes out now"), 2)
        to_bank = mails.filtered(lambda mail: mail.email_to == "bank@example.com")
        to_bank.write({"state": "exception", "failure_reason": "no such host"})
        (mails - to_bank).unlink()
        change.invalidate_recordset()
        self.assertEqual(
            set(change.told_text.split("\n")),
            {"firm@example.com: sent", "bank@example.com: could not be sent: no such host"},
        )
        with self.refused("Use the buttons"):
            change.with_user(self.administrator).told_mails = []

    def test_nobody_confirms_what_they_asked_for_or_worked_on(self):
        other = self._user("oth", "audit_connector_base.group_audit_connector_admin")
        both = self._user(
            "both", "audit_connector_base.group_audit_approver", "audit_connector_base.group_audit_connector_admin"
        )
        change = self._asked(addresses="other@example.org")
        change.with_user(both).addresses = "third@example.org"
        with self.refused("somebody else has to approve it"):
            self._confirm(change, user=both)
        for user in (self.administrator, other, self.accountant):
            with self.refused("", AccessError, UserError):
                self._confirm(change, user=user)
        for values in ({"state": "done"}, {"approved_by_id": both.id}, {"target_id": self._holder().id}):
            with self.refused("Use the buttons"):
                change.with_user(both).write(values)
        with self.refused("needs your password", AccessError):
            change.with_user(self.approver).sudo().write({"approved_by_id": self.approver.id})
        asked = change.with_user(self.approver).action_confirm()
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        self.assertEqual(self.holder.addresses, "firm@example.com")
        made = self._asked(holder=self._holder(), state="done", approved_by_id=False, addresses="x@example.org")
        self.assertEqual((made.state, made.approved_by_id.id), ("asked", False))
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
            self._asked(holder=self._holder(), user=self.accountant)
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
            self._asked(holder=self._holder(), user=self.approver)

    def test_one_change_at_a_time_and_none_that_changes_nothing(self):
        change = self._asked()
        with self.refused("Nothing would change"):
            self._confirm(change)
        with self.refused("asked for already"):
            self._asked(addresses="x@example.org")
        change.with_user(self.approver).action_drop()
        self.assertEqual((change.state, self.holder.addresses), ("dropped", "firm@example.com"))
        self.assertTrue(self._facts("holder.change_dropped"))
        with self.refused("decided already"):
            self._confirm(change)
        with self.refused("is kept"):
            change.sudo().unlink()
        with self.refused("at least one e-mail address", ValidationError):
            self._asked(addresses=False)

    def test_a_folder_led_elsewhere_gets_nothing_before_somebody_confirms_the_place(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ("notes", "mine"):
            (Path(folder.name) / name).mkdir()
        with patch.object(file_adapter.AuditAdapterFile, "_roots", lambda self: [folder.name]):
            connector = self.env["audit.connector"].create(
                {"name": "Drop", "adapter": "file", "file_folder": folder.name + "/notes"}
            )
            holder = self._holder(kind="file", addresses=False, connector_id=connector.id)
            done = self._hand_over(holder)
            self.assertEqual(done.state, "done", done.detail)
            with self.refused("Have that changed first"):
                connector.with_user(self.administrator).active = False
            connector.file_folder = folder.name + "/mine"
            anchor = self._hand_over(holder)
            self.assertIn("another place", anchor.detail)
            self.assertEqual(list((Path(folder.name) / "mine").iterdir()), [])
            change = self._asked(holder)
            self.assertIn("/notes → %s/mine" % folder.name, change.difference)
            self._confirm(change)
            self.assertEqual(self._hand_over(holder).state, "done")
            self.assertEqual(len(list((Path(folder.name) / "mine").iterdir())), 1)

    def test_a_former_folder_gets_word_of_it(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with patch.object(file_adapter.AuditAdapterFile, "_roots", lambda self: [folder.name]):
            connector = self.env["audit.connector"].create(
                {"name": "Drop", "adapter": "file", "file_folder": folder.name}
            )
            holder = self._holder(kind="file", addresses=False, connector_id=connector.id)
            self._hand_over(holder)
            change = self._asked(holder, kind="email", addresses="new@example.org")
            self._confirm(change)
            asked = [("model_name", "=", change._name), ("method_name", "=", "_write_notice")]
            self.assertEqual(self.env["queue.job"].search_count(asked), 1)
            change.sudo()._write_notice()
            (word,) = Path(folder.name).glob("holder-changed-*.txt")
            self.assertIn("Another firm", word.read_text())

    def test_a_change_belongs_to_the_company_of_its_holder_whatever_is_given(self):
        """Otherwise people of another company would confirm it."""
        other = self.env["res.company"].create({"name": "Other company"})
        self.administrator.company_ids = [Command.link(other.id)]
        user = self.administrator
        changes = self.env["audit.log.anchor.change"].with_user(user).with_context(
            allowed_company_ids=(self.company + other).ids
        )  # fmt: skip
        change = changes.create({"target_id": self.holder.id, "reason": "x", "company_id": other.id})
        self.assertEqual(change.company_id, self.company)

    def test_nobody_confirms_what_was_changed_while_they_were_asked(self):
        change = self._asked(addresses="other@example.org")
        check = self.asked(change.with_user(self.approver).action_confirm)
        self.assertIn("firm@example.com → other@example.org", check.audit_content)
        change.addresses = "me@evil.example"
        with self.refused("changed since you were asked"):
            self.answer(check)
        self.assertEqual(self.holder.addresses, "firm@example.com")

    def test_no_key_of_the_context_keeps_the_word_from_former_holders(self):
        """Two people may change who gets the notes; not even both of them keep that from who got them."""
        change = self._asked(addresses="other@example.org").with_user(self.approver)
        context = {
            "default_state": "cancel",
            "default_scheduled_date": "2999-01-01",
            "default_email_cc": "x@evil.example",
        }
        self.confirmed(change, "approve").with_context(**context).action_confirm()
        mail = self.env["mail.mail"].sudo().search([("subject", "like", "who gets the signed notes")])
        self.assertEqual((mail.state, mail.scheduled_date, mail.email_cc), ("outgoing", False, False))

    def test_no_key_of_the_context_makes_the_log_say_that_a_note_went_out(self):
        self.append()
        self.seal()
        with self.mock_mail_gateway():
            with self.second_cursor():
                self.holder.with_context(default_state="cancel").action_hand_over()
            self.assertEqual([mail["email_to"] for mail in self._mails], [["firm@example.com"]])
