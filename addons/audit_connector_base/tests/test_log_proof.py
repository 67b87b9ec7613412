import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .. import log_keys
from ..core import checkpoint, proof_file
from .log_case import LogCase

PROGRAM = Path(__file__).parents[1] / "tools" / "audit_verify.py"


@tagged("post_install", "-at_install")
class TestLogProof(LogCase, HttpCase):
    """The proof of one entry, as it is downloaded from its form."""

    def setUp(self):
        super().setUp()
        self.entry = self.append(5)[2]
        self.seal()

    def _download(self, user, entry=None):
        self.authenticate(user.login, user.login)
        return self.url_open("/audit/log/proof/%d" % (entry or self.entry).id)

    def _verify(self, content):
        file = self.state_dir.parent / "entry.tlog-proof"
        file.write_bytes(content)
        command = [sys.executable, "-I", "-S", str(PROGRAM), "--vkey", self.log.verifier_key, str(file)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.state_dir.parent)
        return ended.returncode, ended.stdout

    def test_an_outsider_verifies_the_proof_and_no_changed_one(self):
        proof = self._download(self.accountant).content
        code, said = self._verify(proof)
        self.assertEqual(code, 0, said)
        self.assertIn(self.entry.uuid, said)
        parsed = proof_file.parse(proof)
        changed = parsed._replace(entry=parsed.entry.replace(b'"user/', b'"user/9'))
        self.assertEqual(self._verify(str(changed).encode())[0], 1)

    def test_a_proof_tells_no_content_and_no_name(self):
        self.assertNotIn(b"invoice.posted", proof_file.parse(self._download(self.accountant).content).entry)

    def test_the_state_of_the_proof_tells_how_far_an_entry_is(self):
        self.assertEqual((self.entry.proof_state, self.entry.log_id), ("signed", self.log))
        self.assertEqual(self.tree().root(self.entry.place + 1) is None, False)
        late = self.append()
        self.assertEqual(late.proof_state, "waiting")
        with patch.object(log_keys, "entry_keys", list):
            stranger = self.append()
        self.seal()
        (late + stranger).invalidate_recordset()
        self.assertEqual((late.proof_state, stranger.proof_state), ("signed", "aside"))
        with self.refused("nothing shows that Odoo wrote it"):
            stranger.with_user(self.accountant).action_download_proof()
        waiting = self.append()
        with self.refused("within a minute"):
            waiting.with_user(self.accountant).action_download_proof()

    def test_proofs_are_for_people_who_may_read_the_entry(self):
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("str", "audit_connector_base.group_audit_user", company=other)
        plain = self._user("plain")
        for user in (stranger, plain):
            with self.subTest(user=user.login):
                self.assertEqual(self._download(user).status_code, 404)
                with mute_logger("odoo.addons.base.models.ir_rule"), self.refused("", AccessError):
                    self.entry.with_user(user).action_download_proof()

    def test_a_damaged_log_proves_nothing(self):
        changed = "UPDATE audit_log_leaf SET hash = %s WHERE log_id = %s AND entry_id <> %s"
        self.tamper("audit_log_leaf", changed, b"x" * 32, self.log.id, self.entry.id)
        response = self._download(self.accountant)
        self.assertEqual(response.status_code, 409)
        self.assertIn("The log is damaged", response.text)
        with self.refused("The log is damaged", UserError):
            self.entry._proof()

    def test_a_note_is_downloaded_by_people_of_its_company(self):
        note = self.env["audit.log.checkpoint"].search([("log_id", "=", self.log.id)], limit=1)
        url = note.action_download()["url"]
        self.authenticate(self.accountant.login, self.accountant.login)
        response = self.url_open(url)
        self.assertEqual(checkpoint.parse(response.content), checkpoint.parse(note.note))
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("str", "audit_connector_base.group_audit_user", company=other)
        self.authenticate(stranger.login, stranger.login)
        with mute_logger("odoo.addons.base.models.ir_rule"):
            self.assertEqual(self.url_open(url).status_code, 404)
