import json
from contextlib import contextmanager

from odoo import Command

from ..models.contract.registry import published
from .common import AuditCase


class SourceCase(AuditCase):
    """Documents of every kind, and what is said of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.general = cls.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", cls.company.id)], limit=1
        )
        own = cls.env["account.account"]._check_company_domain(cls.company)
        accounts = cls.env["account.account"].search([*own, ("account_type", "=", "expense")], limit=2)
        cls.expense, cls.other_expense = accounts

    @contextmanager
    def said(self, *codes):
        """Expect that the block says these events and no other, in this order, each true to its contract.

        :return: a list that is filled with ``(event type, document, payload)``
        """
        events = self.env["audit.event"]
        self.env.flush_all()
        last = events.search([], limit=1).id or 0
        heard = []
        yield heard
        self.env.flush_all()
        for event in events.search([("id", ">", last)], order="id"):
            payload = json.loads(event.payload_text)
            heard.append((event.type, self.env[event.res_model].browse(event.res_id), payload))
            _contract, violations = self.env["audit.contract"]._check(
                event.entity, payload, event.contract_version, None
            )
            self.assertEqual(violations, [], event.type)
        self.assertEqual([code for code, _document, _payload in heard], list(codes))

    def assertKeepsContract(self, entity, payloads):
        for payload in payloads:
            self.assertEqual(published().violations(entity, 1, payload), [])

    @classmethod
    def _entry(cls, lines=2, post=False, **values):
        half = lines // 2
        sides = [{"debit": 1.0}] * half + [{"credit": 1.0}] * half
        accounts = [cls.expense.id] * half + [cls.other_expense.id] * half
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-03-31",
                "journal_id": cls.general.id,
                "line_ids": [
                    Command.create({"account_id": account, "name": "Line", **side})
                    for account, side in zip(accounts, sides)
                ],
                **values,
            }
        )
        if post:
            entry.action_post()
        return entry

    @classmethod
    def _payment(cls, post=False, count=1, **values):
        payments = cls.env["account.payment"].create(
            [
                {
                    "amount": 100.40,
                    "date": "2026-03-31",
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": cls.partner.id,
                    "journal_id": cls.bank.id,
                    **values,
                }
                for _number in range(count)
            ]
        )
        if post:
            payments.action_post()
        return payments

    @classmethod
    def _pay(cls, invoices, **values):
        """Register the payment of invoices as people do, by the wizard; returns the payments."""
        wizard = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoices.ids)
        return wizard.create({"payment_date": "2026-03-31", **values})._create_payments()

    @classmethod
    def _supplier(cls, **values):
        return cls.env["res.partner"].create({"name": "Kabelwerk AG", "is_company": True, "supplier_rank": 1, **values})

    @classmethod
    def _currency(cls, name, rate):
        currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
        currency.active = True
        currency.rate_ids = [Command.clear(), Command.create({"name": "2026-01-01", "rate": rate})]
        return currency

    def queries(self, read, records):
        """Number of queries that ``read(records)`` takes with nothing cached."""
        self.env.flush_all()
        self.env.invalidate_all()
        records = records.browse(records.ids)
        before = self.cr.sql_log_count
        read(records)
        return self.cr.sql_log_count - before
