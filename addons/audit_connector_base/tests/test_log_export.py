import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.log import export
from .log_case import SIGNING_KEYS, LogCase

PROGRAM = Path(__file__).parents[1] / "tools" / "audit_verify.py"


class LogExportCase(LogCase):
    """Exports are made in a folder of their own and verified by the program that an auditor runs."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        patched = patch.object(export, "config", {"data_dir": folder.name})
        patched.start()
        self.addCleanup(patched.stop)
        self.append(300)
        self.seal()

    def export(self, user=None, **values):
        exports = self.env["audit.log.export"].with_user(user or self.administrator)
        made = exports.create({"log_id": self.log.id, **values})
        made.action_export()
        if made.state == "queued":
            made.sudo()._make()
        return made

    def verify(self, made, *arguments, key=None):
        """Return ``(exit code, report)`` of the program on an export."""
        return self._run_verifier(made._path(), *arguments, key=key)

    def _run_verifier(self, file, *arguments, key=None):
        """Run the program as an outsider would, apart from Odoo and from every library."""
        command = [sys.executable, "-I", "-S", str(PROGRAM), "--json", "--vkey", key or self.log.verifier_key]
        ended = subprocess.run(
            [*command, *arguments, str(file)], capture_output=True, text=True, check=False, cwd=self.folder
        )
        self.assertTrue(ended.stdout.strip(), ended.stderr)
        return ended.returncode, json.loads(ended.stdout)


@tagged("post_install", "-at_install")
class TestLogExport(LogExportCase):
    def test_an_outsider_verifies_a_whole_log_with_contents(self):
        made = self.export(with_content=True)
        self.assertEqual((made.state, made.entry_count), ("ready", 301), made.trouble)
        code, report = self.verify(made, "--complete")
        self.assertEqual(code, 0, report)
        (log,) = report["logs"]
        self.assertEqual((log["first"], log["end"], log["disclosed"]), (0, 301, 301))
        self.assertTrue(log["proven"])

    def test_a_whole_log_is_whole_when_a_job_writes_it_later(self):
        made = self.env["audit.log.export"].with_user(self.administrator).create({"log_id": self.log.id})
        with patch.object(export, "AT_ONCE", 0):
            made.action_export()
        asked_for = made.end
        self.append(2)
        self.seal()
        made.sudo()._make()
        self.assertGreater(made.end, asked_for)
        code, report = self.verify(made, "--complete")
        self.assertEqual(code, 0, report)

    def test_without_contents_nothing_of_them_is_in_the_file(self):
        self.append(payload=b'{"iban":"DE02120300000000202051"}')
        self.seal()
        made = self.export(user=self.accountant)
        self.assertNotIn(b"DE02120300000000202051", made._path().read_bytes())
        code, report = self.verify(made)
        self.assertEqual((code, report["logs"][0]["disclosed"]), (0, 0), report)

    def test_a_period_is_proven_as_part_of_the_tree(self):
        late = self.append(20)
        self.seal()
        # Moved in the columns only, which decide what a period is; verification tells that they were.
        first = late[0].place
        moved = "UPDATE audit_log_entry SET time = time - interval '10 days' WHERE id = ANY(%s)"
        earlier = self.env["audit.log.entry"].search([("log_id", "=", self.log.id), ("id", "not in", late.ids)])
        self.tamper("audit_log_entry", moved, earlier.ids)
        made = self.export(date_from=late[0].time.date())
        self.assertEqual((made.first, made.end), (first, first + 20))
        code, report = self.verify(made)
        self.assertEqual((code, report["logs"][0]["first"]), (0, first), report)

    def test_a_note_that_an_outsider_holds_is_shown_to_be_continued(self):
        held = self.folder / "held.note"
        held.write_text(self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1).note)
        self.append(10)
        self.seal()
        code, report = self.verify(self.export(), "--seen", str(held))
        self.assertEqual(code, 0, report)

    def _held_before_a_late_period(self):
        """A note that an outsider holds, and a day that begins long after the place at which it ends.

        :return: ``(stored note, its file, values of an export of that day)``
        """
        note = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)
        held = self.folder / "held.note"
        held.write_text(note.note)
        late = self.append(700)
        self.seal()
        earlier = self.env["audit.log.entry"].search([("log_id", "=", self.log.id), ("id", "<", late[600].id)])
        moved = "UPDATE audit_log_entry SET time = time - interval '10 days' WHERE id = ANY(%s)"
        self.tamper("audit_log_entry", moved, earlier.ids)
        return note, held, {"date_from": late[600].time.date()}

    def test_notes_of_any_size_that_the_auditor_names_are_shown_to_be_continued(self):
        """There is a note after every sealing, and receivers of webhooks hold any; the last of a day goes along."""
        note, held, period = self._held_before_a_late_period()
        code, report = self.verify(self.export(**period), "--seen", str(held))
        self.assertEqual(code, 2, report)
        code, report = self.verify(self.export(**period, held_sizes=str(note.size)), "--seen", str(held))
        self.assertEqual(code, 0, report)

    def test_notes_that_were_handed_over_need_not_be_named(self):
        note, held, period = self._held_before_a_late_period()
        holder = self.env["audit.log.anchor.target"].create({"name": "Firm", "addresses": "firm@example.com"})
        holder._record_anchor(note, {"state": "done"})
        code, report = self.verify(self.export(**period), "--seen", str(held))
        self.assertEqual(code, 0, report)

    def test_what_is_no_size_of_a_note_is_refused_in_words(self):
        for text in ("abc", "-1", "0", "1e3", "301 400", "²", "9" * 30):
            with self.subTest(text=text), self.refused("not the size of a note", ValidationError):
                self.env["audit.log.export"].create({"log_id": self.log.id, "held_sizes": text})
        self.assertEqual(self.env["audit.log.export"].new({"held_sizes": " 7; 301,\n5 "})._held(), [5, 7, 301])

    def test_any_byte_that_is_changed_in_the_file_is_found(self):
        """The bytes that say anything: the archive is stored, and each line of each file is one of ours."""
        made = self.export(with_content=True)
        content = made._path().read_bytes()
        entries = zipfile.ZipFile(made._path()).read("audit-export/log-1/entries.jsonl")
        position = content.index(entries.split(b"\n")[200]) + 20
        spoiled = self.folder / "spoiled.zip"
        spoiled.write_bytes(_with_entries(made._path(), entries, position - content.index(entries)))
        code, report = self._run_verifier(spoiled)
        self.assertEqual((code, report["damage"][0]["kind"], report["damage"][0]["index"]), (1, "changed", 200), report)

    def _damaged(self, kind):
        """Do to the log what is called so, as a database administrator can."""
        self.env.cr.execute("SELECT entry_id FROM audit_log_leaf WHERE log_id = %s AND index = 17", [self.log.id])
        entry, log = self.env.cr.fetchone()[0], self.log.id
        move = "UPDATE audit_log_leaf SET index = %s WHERE index = %s AND log_id = %s"
        change = "UPDATE audit_log_entry SET entry = replace(encode(entry, 'escape'), '/', '/9')::bytea WHERE id = %s"
        note = "UPDATE audit_log_checkpoint SET size = 300, note = replace(note, %s, %s) WHERE size = 301"
        done = {
            "changed": [(change, entry)],
            "missing": [("DELETE FROM audit_log_entry WHERE id = %s", entry)],
            "column differs": [("UPDATE audit_log_entry SET actor = 'user/9' WHERE id = %s", entry)],
            "payload does not": [("UPDATE audit_log_payload SET payload = '{}' WHERE entry_id = %s", entry)],
            "reordered": [(move, 9000, 17, log), (move, 17, 30, log), (move, 30, 9000, log)],
            "forged": [(note, "\n301\n", "\n300\n")],
        }
        for statement, *values in done[kind]:
            self.tamper(statement.replace("DELETE FROM", "UPDATE").split()[1], statement, *values)

    def test_damage_is_in_the_export_for_the_outsider_to_find(self):
        """The export hides nothing of what is stored."""
        for kind in ("changed", "missing", "column differs", "payload does not", "reordered", "forged"):
            with self.subTest(kind=kind), self.env.cr.savepoint() as savepoint:
                self._damaged(kind)
                code, report = self.verify(self.export(with_content=True))
                self.assertEqual(code, 1, report)
                self.assertIn(kind, json.dumps(report))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_log_whose_key_was_replaced_is_verified_with_the_new_key(self):
        self.signing_keys = SIGNING_KEYS[::-1]
        with self.second_cursor():
            self.log.sudo()._replace_key("because")
        self.append(5)
        self.seal()
        code, report = self.verify(self.export())
        self.assertEqual(code, 0, report)

    def test_a_log_that_continues_another_is_exported_with_it(self):
        old = self.log
        with self.second_cursor():
            old.sudo()._begin_anew("because")
        self.append(5)
        self.seal()
        self.assertNotEqual(self.log, old)
        made = self.export()
        code, report = self.verify(made, "--vkey", old.verifier_key)
        self.assertEqual(code, 0, report)
        self.assertEqual([log["origin"] for log in report["logs"]], [old.origin, self.log.origin])

    def test_that_an_export_was_made_stands_in_the_log(self):
        self.export(reason="Audit of 2026")
        entry = self.env["audit.log.entry"].search([("kind", "=", "log.exported")])
        self.assertIn("Audit of 2026", entry.payload_text)
        self.assertEqual(entry.actor, "user/%d" % self.administrator.id)

    def test_contents_are_exported_by_administrators(self):
        exports = self.env["audit.log.export"].with_user(self.accountant)
        made = exports.create({"log_id": self.log.id, "with_content": True})
        with self.refused("", AccessError):
            made.action_export()

    def test_a_period_in_which_nothing_was_signed_is_refused(self):
        with self.refused("Nothing was signed"):
            self.export(date_to="2001-01-01")

    def test_more_than_a_file_holds_is_refused_with_what_to_do(self):
        with patch.object(export, "MAX_ENTRIES", 100), self.refused("Choose shorter periods"):
            self.export()

    def test_what_it_holds_is_not_for_people_to_say(self):
        made = self.export()
        for values in ({"state": "ready"}, {"sha256": "0"}, {"uuid": "../../x"}, {"first": 5}, {"reason": "later"}):
            with self.refused("", UserError, AccessError):
                made.write(values)
        with mute_logger("odoo.models"), self.refused("", UserError):
            made.unlink()

    def test_no_file_is_chosen_by_the_context(self):
        """It is written by whoever calls, and would name any archive on the disk."""
        chosen = {
            "default_state": "ready",
            "default_uuid": "../../backup",
            "default_end": 7,
            "default_sha256": "0" * 64,
            "default_exported_by_id": self.administrator.id,
        }
        exports = self.env["audit.log.export"].with_user(self.accountant).with_context(**chosen)
        made = exports.create({"log_id": self.log.id})
        self.assertEqual((made.state, made.end, made.sha256), ("draft", 0, False))
        self.assertFalse(made.exported_by_id)
        self.assertEqual(made._path().parent, self.folder / "audit_exports" / self.env.cr.dbname)

    def test_the_log_of_the_system_is_exported_by_those_who_may_read_its_entries(self):
        """Its entries name people and settings of every company, so connector administrators do not read them."""
        self.append(company=0)
        self.seal()
        with self.second_cursor():
            self.env["audit.log"]._cron_seal()
        log = self.env["audit.log"].search([("company_id", "=", False), ("state", "=", "open")])
        manager = self._user("sys", "base.group_system", "audit_connector_base.group_audit_connector_admin")
        self.assertTrue(log.with_user(self.administrator).origin, "that there is one is no secret")
        for with_content in (True, False):
            with self.subTest(with_content=with_content), self.refused("read its entries", AccessError):
                self.export(log_id=log.id, with_content=with_content)
            made = self.export(user=manager, log_id=log.id, with_content=with_content)
            self.assertEqual(made.state, "ready", made.trouble)
            with self.refused("read its entries", AccessError):
                made.with_user(self.administrator).action_download()

    def test_files_are_removed_after_a_week_and_what_was_made_stays(self):
        made = self.export()
        path = made._path()
        made.sudo().ready_at = "2026-01-01"
        self.env["audit.log.export"]._cron_remove_files()
        self.assertEqual((path.exists(), made.state), (False, "removed"))
        with self.refused("removed after a week"):
            made.action_download()

    def test_the_files_with_contents_of_a_company_can_be_removed_alone(self):
        told, silent = self.export(with_content=True), self.export()
        self.env["audit.log.export"]._remove_contents_of(self.company)
        self.assertEqual((told.state, told._path().exists()), ("removed", False))
        self.assertEqual((silent.state, silent._path().exists()), ("ready", True))

    def test_a_full_disk_is_told(self):
        def full(*arguments, **options):
            raise OSError(28, "No space left on device")

        with patch.object(export, "write_export", full):
            made = self.export()
        self.assertEqual(made.state, "failed")
        self.assertIn("No space left", made.trouble)


def _with_entries(path, entries, position):
    """Return the bytes of an export in which one byte of the entries is another one."""
    spoiled = bytearray(entries)
    spoiled[position] ^= 1
    target = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as archive:
        for member in source.infolist():
            content = source.read(member)
            archive.writestr(member, bytes(spoiled) if content == entries else content)
    return target.getvalue()


@tagged("post_install", "-at_install")
class TestLogExportDownload(LogExportCase, HttpCase):
    def test_a_file_is_downloaded_by_those_who_may_and_each_download_is_logged(self):
        made = self.export(user=self.accountant)
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("str", "audit_connector_base.group_audit_connector_admin", company=other)
        url = made.action_download()["url"]
        self.authenticate(stranger.login, stranger.login)
        self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate(self.accountant.login, self.accountant.login)
        response = self.url_open(url)
        self.assertEqual(response.content, made._path().read_bytes())
        self.assertTrue(zipfile.ZipFile(io.BytesIO(response.content)).testzip() is None)
        entry = self.env["audit.log.entry"].search([("kind", "=", "log.downloaded")])
        self.assertEqual(entry.actor, "user/%d" % self.accountant.id)

    def test_what_is_downloaded_is_saved_and_runs_nothing(self):
        made = self.export(user=self.accountant)
        note = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)
        entry = self.env["audit.log.entry"].search([("log_id", "=", self.log.id)], limit=1, order="id")
        self.authenticate(self.accountant.login, self.accountant.login)
        for kind, record in (("export", made), ("note", note), ("proof", entry)):
            with self.subTest(kind=kind):
                headers = self.url_open("/audit/log/%s/%d" % (kind, record.id)).headers
                self.assertTrue(headers["Content-Disposition"].startswith("attachment"))
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertTrue(headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'"))

    def test_what_no_number_of_a_record_can_be_is_not_found(self):
        self.authenticate(self.administrator.login, self.administrator.login)
        for kind in ("export", "note", "proof"):
            with self.subTest(kind=kind):
                self.assertEqual(self.url_open("/audit/log/%s/%d" % (kind, 2**64)).status_code, 404)

    def test_one_with_contents_is_not_for_accountants(self):
        made = self.export(with_content=True)
        self.authenticate(self.accountant.login, self.accountant.login)
        self.assertEqual(self.url_open("/audit/log/export/%d" % made.id).status_code, 404)
