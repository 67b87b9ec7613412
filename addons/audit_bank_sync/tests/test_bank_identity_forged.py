from odoo.tests import tagged

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase

REAL, FORGED = "Invoice 1", "Invoice 4711"
UETR = "<UETR>eb6305c9-1f7f-49de-aed0-16487c27b42d</UETR>"
FROM_BANK = {"source": "pickup"}


@tagged("post_install", "-at_install")
class TestBankIdentityForged(BankCase):
    """Nobody writes over what the bank said by uploading a file, and the bank writes over what somebody uploaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._user("clk", "audit_connector_base.group_audit_user")

    def _entry(self, text, uetr="", reference="ASR-1", end_to_end=None, **options):
        """An entry of one payer; what somebody forges has all that it is recognised by, and other words."""
        inside = "<RltdPties><Dbtr><Pty><Nm>Hafenkontor</Nm></Pty></Dbtr></RltdPties>"
        inside += text and "<RmtInf><Ustrd>%s</Ustrd></RmtInf>" % text
        payment = samples.transaction(end_to_end=end_to_end or text.replace(" ", "-"), inside=inside)
        payment = payment.replace("</EndToEndId>", "</EndToEndId>" + uetr)
        given = "<AcctSvcrRef>%s</AcctSvcrRef><NtryDtls>%s</NtryDtls>" % (reference, payment)
        return self.entry(options.pop("amount", "10.00"), inside=given, **options)

    def _bring(self, *entries, user=None, number="7", source="upload", **options):
        data = self.statement(*entries, number=number, **options).replace(b"M1", b"M%s" % number.encode())
        files = self.env["audit.bank.file"].with_user(user or self.env.user)
        file, _new = files._receive(self.company, "%s.xml" % number, data, source=source)
        file.sudo()._import()
        self.env.invalidate_all()
        return file.sudo()

    def _forge(self, *entries, **options):
        file = self._bring(*entries, user=self.clerk, **{"number": "9", **options})
        self.assertFalse(file.posts_by_rule)
        return file

    def test_what_the_bank_said_is_not_written_over_by_who_may_not_post(self):
        for posted in (False, True):
            with self.subTest(posted=posted):
                bank = self._bring(self._entry(REAL))
                said = self.transactions()
                if posted:
                    said._post()
                number = "9" if posted else "8"
                forged = self._forge(self._entry(FORGED, UETR), number=number)
                self.assertEqual(forged.known_count, 1, "it is taken for the same one")
                self.assertEqual((self.transactions(), said.sighting_ids.ids), (said, []))
                self.assertEqual((said.remittance, said.end_to_end_id), (REAL, "Invoice-1"))
                self.assertEqual(said.window_id.file_id, bank)

    def test_the_bank_writes_over_what_was_uploaded_before(self):
        forged = self._forge(self._entry(FORGED))
        said = self.transactions()
        self.account.posting = "auto"
        bank = self._bring(self._entry(REAL), **FROM_BANK)
        self.assertEqual((self.transactions(), bank.promoted_count), (said, 1))
        self.assertEqual((said.remittance, said.window_id.file_id, said.posting_state), (REAL, bank, "posted"))
        self.assertEqual((said.sighting_ids.kind, said.sighting_ids.former["remittance"]), ("vouched", FORGED))
        self.assertTrue(bank.window_ids.statement_id)
        self.assertFalse(forged.window_ids.statement_id)

    def test_the_bank_corrects_what_somebody_confirmed_before(self):
        self._forge(self._entry(FORGED))
        said = self.transactions()
        line = said._post()
        bank = self._bring(self._entry(REAL))
        self.assertEqual((said.remittance, said.window_id.file_id), (REAL, bank))
        self.assertEqual((said.posting_state, said.statement_line_id, said.amount), ("posted", line, line.amount))
        self.assertEqual(len(self.transactions()), 1)

    def test_an_upload_whose_entries_the_bank_told_of_in_part_becomes_no_statement(self):
        other = self._entry("Invoice 2", reference="ASR-2", amount="20.00")
        forged = self._forge(self._entry(FORGED), other, closing="130.00")
        bank = self._bring(self._entry(REAL))
        self.transactions()._post()
        self.assertEqual(self.transactions().window_id.file_id, forged + bank)
        self.assertFalse(forged.window_ids.statement_id, "its lines do not explain its balances")

    def test_what_the_bank_announced_is_booked_by_an_upload_only_when_a_person_says_so(self):
        pending = self._entry(REAL, status="<Cd>PDNG</Cd>")
        self._bring(pending, self._entry("Invoice 2", reference="ASR-2"))
        announced = self.transactions(("state", "=", "pending"))
        self.account.posting = "auto"
        forged = self._forge(self._entry(FORGED), opening="110.00", closing="120.00")
        self.assertEqual((announced.state, announced.remittance), ("pending", REAL))
        brought = self.transactions(("window_id.file_id", "=", forged.id))
        self.assertEqual((brought.posting_state, brought.looks_like_id), ("doubt", announced))
        self.assertIn("may not post", brought.looks_like_note)
        brought.with_user(self.bookkeeper).action_same()
        self.assertEqual((announced.state, announced.posting_state), ("booked", "waiting"))
        self.account._post_by_rule()
        self.assertEqual(announced.posting_state, "waiting", "it is confirmed by who may post")

    def test_who_calls_an_upload_the_same_leaves_what_the_bank_booked(self):
        bank = self._bring(self._entry(REAL))
        said = self.transactions()
        self._forge(self._entry("", reference="ASR-3", end_to_end="Invoice-1"))
        doubtful = self.transactions() - said
        self.assertEqual(doubtful.posting_state, "doubt")
        doubtful.with_user(self.clerk).action_same()
        self.assertEqual(doubtful.posting_state, "merged")
        self.assertEqual((said.remittance, said.bank_reference, said.window_id.file_id), (REAL, "ASR-1", bank))
