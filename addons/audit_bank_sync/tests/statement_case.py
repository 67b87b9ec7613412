from odoo import Command

from odoo.addons.audit_connector_base.tests.common import GROUPS, AuditCase

USER = "audit_connector_base.group_audit_user"
APPROVER = "audit_connector_base.group_audit_approver"


class StatementCase(AuditCase):
    """A bank with one account of the company, what the bank said of it in October, and the people concerned.

    The bank's October: 1,000.00 in, 200.00 out, closing balance 800.00.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["res.bank"].create({"name": "Hanseatische Bank", "bic": "HANSDEHH"})
        cls.account = cls.env["res.partner.bank"].create(
            {
                "acc_number": "DE89370400440532013000",
                "partner_id": cls.company.partner_id.id,
                "bank_id": cls.bank.id,
                "company_id": cls.company.id,
            }
        )
        cls.journal = cls._bank_journal("Main account", "HB1", bank_account_id=cls.account.id)
        cls.preparer = cls._user("pre", USER, "account.group_account_user")
        cls.reviewer = cls._user("rev", APPROVER, "account.group_account_user")
        cls.october = cls._statement("October", 800.0, ("2026-10-05", 1000.0), ("2026-10-10", -200.0))

    @classmethod
    def _bank_journal(cls, name, code, **values):
        """With accounts of its own for payments that are not on the bank account yet, on both series."""
        journal = cls.env["account.journal"].create({"name": name, "code": code, "type": "bank", **values})
        for side, sign in (("inbound", "IN"), ("outbound", "OUT")):
            account = cls.env["account.account"].create(
                {
                    "name": "%s outstanding %s" % (name, side),
                    "code": "109%s%s" % (code[-1], sign),
                    "account_type": "asset_current",
                    "reconcile": True,
                }
            )
            journal["%s_payment_method_line_ids" % side].payment_account_id = account
        return journal

    @classmethod
    def _statement(cls, name, end, *lines, journal=None, start=0.0):
        journal = journal or cls.journal
        return cls.env["account.bank.statement"].create(
            {
                "name": name,
                "balance_start": start,
                "balance_end_real": end,
                "line_ids": [
                    Command.create({"journal_id": journal.id, "date": day, "payment_ref": name, "amount": amount})
                    for day, amount in lines
                ],
            }
        )

    @classmethod
    def _line(cls, day, amount, text="Line"):
        """A line of the bank that stands on no statement yet."""
        return cls.env["account.bank.statement.line"].create(
            {"journal_id": cls.journal.id, "date": day, "payment_ref": text, "amount": amount}
        )

    @classmethod
    def _payment(cls, amount, day, kind="outbound", journal=None):
        payment = cls.env["account.payment"].create(
            {
                "payment_type": kind,
                "partner_type": "supplier" if kind == "outbound" else "customer",
                "partner_id": cls.partner.id,
                "amount": amount,
                "date": day,
                "journal_id": (journal or cls.journal).id,
            }
        )
        payment.action_post()
        return payment

    @classmethod
    def _entry(cls, amount, day):
        """An entry by hand on the bank account."""
        own = cls.env["account.account"]._check_company_domain(cls.company)
        other = cls.env["account.account"].search([*own, ("account_type", "=", "expense")], limit=1)
        entry = cls.env["account.move"].create(
            {
                "date": day,
                "line_ids": [
                    Command.create(
                        {"account_id": cls.journal.default_account_id.id, "balance": amount, "name": "By hand"}
                    ),
                    Command.create({"account_id": other.id, "balance": -amount, "name": "By hand"}),
                ],
            }
        )
        entry.action_post()
        return entry

    @classmethod
    def _match(cls, line, payment):
        """Match a line of the bank with a payment, as the person who reconciles does."""
        _liquidity, suspense, _other = line._seek_for_lines()
        accounts = cls.journal._get_journal_inbound_outstanding_payment_accounts()
        accounts |= cls.journal._get_journal_outbound_outstanding_payment_accounts()
        waiting = payment.move_id.line_ids.filtered(lambda one: one.account_id in accounts)
        line.move_id.with_context(
            force_delete=True, skip_readonly_check=True, skip_account_move_synchronization=True
        ).write({"line_ids": [Command.update(suspense.id, {"account_id": waiting.account_id.id})]})
        (suspense + waiting).reconcile()

    @classmethod
    def _reconciliation(cls, day="2026-10-31"):
        return (
            cls.env["audit.bank.reconciliation"]
            .with_user(cls.preparer)
            .create({"journal_id": cls.journal.id, "date": day})
        )

    def assertKeepsContract(self, entity, payload):
        version = self.env["audit.contract.version"].search([("contract_id.entity", "=", entity), ("major", "=", 1)])
        self.assertEqual(version._contract().violations(payload), [])

    def _pdf(self, report, records):
        """The PDF of a report, made by the program that makes it in production."""
        reports = self.env["ir.actions.report"].with_user(self.preparer).with_context(force_report_rendering=True)
        if reports.get_wkhtmltopdf_state() == "install":
            self.skipTest("wkhtmltopdf is not on this machine")
        page, kind = reports._render_qweb_pdf("audit_bank_sync.%s" % report, records.ids)
        self.assertEqual((kind, page[:5]), ("pdf", b"%PDF-"))
        return page

    @classmethod
    def _auditor(cls, login="aud"):
        auditor = cls._user(login)
        groups = ("base.group_portal", "audit_connector_base.group_audit_auditor")
        auditor[GROUPS] = [Command.set([cls.env.ref(group).id for group in groups])]
        return auditor

    @classmethod
    def _sent_confirmation(cls, **values):
        """A confirmation whose mandate is signed and whose letter went out."""
        confirmation = (
            cls.env["audit.bank.confirmation"]
            .with_user(cls.preparer)
            .create({"bank_id": cls.bank.id, "date": "2026-10-31", "engagement": "Audit 2026", **values})
        )
        confirmation.action_fill()
        cls.confirmed(confirmation.with_user(cls.reviewer), "approve").action_approve()
        confirmation.action_send()
        return confirmation
