import tempfile
from pathlib import Path

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..core.tests import signed_pdf
from .statement_case import APPROVER, StatementCase

ADMIN = "audit_connector_base.group_audit_connector_admin"
ORGANIZATION = "Hanseatische Bank AG"


@tagged("post_install", "-at_install")
class TestConfirmationSigned(StatementCase):
    """Letters that bear a digital signature, real ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.keys = Path(folder.name)
        cls.root = signed_pdf.make_authority(cls.keys)
        signed_pdf.issue(cls.keys, "/O=%s/CN=Confirmations" % ORGANIZATION)
        cls.letter = signed_pdf.signed(cls.keys)
        cls.confirmation = cls._sent_confirmation()

    def _entered(self, **values):
        """What an administrator entered of the bank."""
        given = {"bank_id": self.bank.id, "organization": ORGANIZATION, "certificate": self.root, **values}
        return self.env["audit.bank.signer"].with_user(self.administrator).create(given)

    def _recognised(self, **values):
        one = self._entered(**values)
        self.confirmed(one.with_user(self.reviewer), "approve").action_approve()
        return one

    def _receive(self, content, channel="bank_document"):
        answers = self.env["audit.bank.answer"].with_user(self.preparer)
        return answers._receive(self.confirmation, "letter.pdf", content, channel)

    def test_a_document_that_the_bank_signed_goes_before_what_was_fetched(self):
        self._recognised()
        letter = self._receive(b"%PDF-1.4 plain")
        fetched = self._receive(b'{"balance": 800}', "bank_api")
        signed = self._receive(self.letter)
        self.assertEqual((signed.assurance, signed.proof), ("B", "signature"))
        self.assertIn("rev", signed.proof_note.lower())
        self.confirmation.invalidate_recordset(["answer_ids"])
        self.assertEqual(self.confirmation.answer_ids.ids, (signed + fetched + letter).ids, "the better comes first")

    def test_a_signature_that_nobody_recognised_counts_as_none(self):
        self._entered()
        other_bank = self.env["res.bank"].create({"name": "Other Bank"})
        self._recognised(bank_id=other_bank.id)
        self._recognised(organization="Somebody Else")
        self._recognised().active = False
        letter = self._receive(self.letter)
        self.assertEqual((letter.proof, letter.rank), ("hash", 22))
        self.assertIn("Nobody recognised it", letter.proof_note)

    def test_what_was_fetched_and_signed_counts_as_signed(self):
        self._recognised()
        self.assertEqual(self._receive(self.letter, "bank_api").proof, "signature")

    def test_a_signature_that_anybody_can_make_proves_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            own = Path(folder)
            signed_pdf.make_authority(own, "/O=%s/CN=Confirmations" % ORGANIZATION)
            (own / "root.pem").rename(own / "certificate.pem")
            (own / "root.key").rename(own / "key.pem")
            letter = self._receive(signed_pdf.signed(own))
        self.assertEqual(letter.proof, "hash")
        self.assertIn("anybody can make", letter.proof_note)
        changed = self._receive(self.letter.replace(b"800.00", b"900.00"))
        self.assertEqual(changed.proof, "hash")
        self.assertIn("could not be verified", changed.proof_note)

    def test_one_enters_a_certificate_and_another_recognises_it(self):
        one = self._entered()
        self.assertIn("Root, from", one.certificate_words)
        self.assertIn("SHA-256", str(one.with_user(self.reviewer)._identity_content("approve")))
        with self.refused("approved by people with the role"):
            one.action_approve()
        asked = one.with_user(self.reviewer).action_approve()
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        both = self._user("both", ADMIN, APPROVER)
        mine = self._entered(organization="Mine")
        mine.with_user(both).write({"organization": "Mine, too"})
        with self.refused("worked on it"):
            mine.with_user(both).action_approve()
        self.confirmed(one.with_user(self.reviewer), "approve").action_approve()
        self.assertEqual((one.state, one.approved_by_id), ("recognised", self.reviewer))
        with self.refused("stays as it is"):
            one.write({"certificate": self.root + self.root})
        with self.refused("Archive it instead", UserError):
            one.unlink()

    def test_what_is_no_certificate_is_refused(self):
        with self.refused("no certificate", ValidationError):
            self._entered(certificate="Hello")
        key = (self.keys / "root.key").read_text()
        with self.refused("private key", ValidationError):
            self._entered(certificate=self.root + key)
