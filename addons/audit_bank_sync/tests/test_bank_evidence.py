import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..compat import check_access
from .statement_case import StatementCase


@tagged("post_install", "-at_install")
class TestBankEvidence(StatementCase):
    """What came from outside stays as it came, whoever has which role."""

    def _may(self, records, operation):
        try:
            check_access(records, operation)
        except AccessError:
            return False
        return True

    def test_people_hand_reports_of_card_processors_in_and_change_none(self):
        reports = self.env["audit.card.settlement"].with_user(self.preparer)
        may = {operation: self._may(reports, operation) for operation in ("read", "create", "write", "unlink")}
        self.assertEqual(may, {"read": True, "create": True, "write": False, "unlink": False})

    def test_the_file_of_a_report_is_kept(self):
        mapping = self.env["audit.card.mapping"].create(
            {
                "name": "Nordcard",
                "company_id": self.company.id,
                "journal_id": self.journal.id,
                "column_gross": "gross",
                "currency_id": self.company.currency_id.id,
            }
        )
        content = base64.b64encode(b"payout_id,date,gross\npo-1,2026-01-05,10.00\n")
        report = self.env["audit.card.settlement"].with_user(self.preparer).create(
            {"mapping_id": mapping.id, "file_name": "january.csv", "content": content}
        )  # fmt: skip
        file = self.env["ir.attachment"].search(
            [("res_model", "=", report._name), ("res_field", "=", "content"), ("res_id", "=", report.id)]
        )
        self.assertEqual(len(file), 1)
        for change in (lambda: file.write({"raw": b"other"}), file.unlink):
            with self.refused("kept as it was received"):
                change()
        file.write({"datas": content})

    def test_administrators_clear_away_what_lies_at_no_record(self):
        lost = self.env["ir.attachment"].sudo()._take_in({"name": "x", "raw": b"x", "res_model": "audit.bank.file"})
        with self.assertRaises(UserError):
            lost.with_user(self.preparer).sudo(False).unlink()
        lost.unlink()
        self.assertFalse(lost.exists())
