"""Puts generated bank lines and open items where Odoo keeps them.

Lines with their entries and what the bank said of them, the journal items that are open, payments that were sent,
partners with their accounts, rates. Journal items that no search looks at (the other side of an invoice) are left out.
Collections under a mandate have no number of their own here.
"""

import json
from datetime import timedelta

from copies import copy_row, next_ids

from odoo import Command

from odoo.addons.audit_bank_sync.core.matching.currencies import digits
from odoo.addons.audit_bank_sync.core.tests.matching_generator import as_odoo_keeps
from odoo.addons.audit_bank_sync.core.tests.matching_truth import DAYS, OUR_ACCOUNTS, START

ANY_DAY = "2026-03-31"


class Rows:
    """Of the company of ``env``, which can post."""

    def __init__(self, env):
        self.env = env
        self._make_models()

    def _make_models(self):
        """One record of each kind, by Odoo itself, of which the others are copies."""
        env = self.env
        euro = env.ref("base.EUR")
        euro.active = True
        env.ref("base.USD").active = True
        self.currencies = {"EUR": euro.id, "USD": env.ref("base.USD").id}
        partner = env["res.partner"].create({"name": "A model", "is_company": True})
        journals = env["account.journal"].create(
            [
                {"name": "Bank %d" % n, "code": "BN%d" % n, "type": "bank", "currency_id": euro.id,
                 "bank_acc_number": number}
                for n, number in enumerate(OUR_ACCOUNTS)
            ]
        )  # fmt: skip
        self.journals = dict(zip(OUR_ACCOUNTS, journals))
        line = env["account.bank.statement.line"].create(
            {"journal_id": journals[0].id, "date": ANY_DAY, "amount": 1.0, "payment_ref": "A model"}
        )
        product = env["product.product"].search([], limit=1)
        invoice = env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": partner.id, "invoice_date": ANY_DAY,
             "invoice_line_ids": [Command.create({"product_id": product.id, "price_unit": 1.0})]}
        )  # fmt: skip
        invoice.action_post()
        payable = partner.property_account_payable_id
        outstanding = env["account.account"].create(
            {"name": "Outstanding", "code": "109999", "account_type": "asset_current", "reconcile": True}
        )
        sent = journals[0].outbound_payment_method_line_ids[:1]
        sent.payment_account_id = outstanding
        payment = env["account.payment"].create(
            {"partner_id": partner.id, "payment_type": "outbound", "partner_type": "supplier", "amount": 1.0,
             "date": ANY_DAY, "journal_id": journals[0].id, "payment_method_line_id": sent.id}
        )  # fmt: skip
        payment.action_post()
        connection = env["audit.bank.connection"].create({"name": "Bench", "provider": "bank_file"})
        account = env["audit.bank.account"].create(
            {"connection_id": connection.id, "name": "Bench", "number": OUR_ACCOUNTS[0], "currency_id": euro.id,
             "journal_id": journals[0].id}
        )  # fmt: skip
        told = env["audit.bank.transaction"].create(
            {"account_id": account.id, "company_id": env.company.id, "currency_id": euro.id, "state": "booked",
             "posting_state": "posted", "occurrence": 1}
        )  # fmt: skip
        env.flush_all()
        open_item = invoice.line_ids.filtered(lambda one: one.account_id.account_type == "asset_receivable")
        suspense = line.move_id.line_ids.filtered(lambda one: one.account_id == journals[0].suspense_account_id)
        # Its number may be one that is generated.
        env.cr.execute("UPDATE account_move SET name = 'Model ' || id WHERE id = %s", [invoice.id])
        self.models = {
            "partner": partner.id, "line": line.id, "entry": line.move_id.id, "suspense": suspense.id, "told": told.id,
            "invoice": invoice.id, "item": open_item.id, "payment": payment.id, "transfer": payment.move_id.id,
        }  # fmt: skip
        self.accounts = {"in": open_item.account_id.id, "out": payable.id, "sent": outstanding.id}

    def write(self, made):
        """Write a ``World``; ``lines`` and ``items`` are then its ids by those of the database."""
        cr, models = self.env.cr, self.models
        ids = next_ids(cr, "res_partner", len(made.partners))
        partners = {one.id: new for one, new in zip(made.partners, ids)}
        names = [(new, name, name, new) for one in made.partners for new in [partners[one.id]] for name in one.names]
        copy_row(cr, "res_partner", models["partner"], ("id", "name", "complete_name", "commercial_partner_id"), names)
        self.env["res.partner.bank"].create(
            [{"partner_id": partners[one.id], "acc_number": number} for one in made.partners for number in one.ibans]
        )
        self._write_items(made, partners)
        self._write_lines(made)
        rates = [
            {"currency_id": self.currencies["EUR"], "company_id": self.env.company.id, "name": day, "rate": rate}
            for day, rate in _quotes(made.rates)
        ]
        self.env["res.currency.rate"].create(rates)
        # Models are no lines and no items to be matched.
        self.env.flush_all()
        moves = [models["entry"], models["invoice"], models["transfer"]]
        cr.execute("UPDATE account_move SET state = 'cancel' WHERE id = ANY(%s)", [moves])
        cr.execute("UPDATE account_move_line SET parent_state = 'cancel' WHERE move_id = ANY(%s)", [moves])
        self.env.invalidate_all()

    def _write_items(self, made, partners):
        cr, models = self.env.cr, self.models
        items = as_odoo_keeps(made.items)
        ids, moves = next_ids(cr, "account_move_line", len(items)), next_ids(cr, "account_move", len(items))
        self.items = {new: one.id for one, new in zip(items, ids)}
        documents, sent, open_items = [], [], []
        for one, new, move in zip(items, ids, moves):
            named = [*one.references, None, None]
            day, partner = one.dated_on, partners[one.partner_id]
            documents.append((move, one.number, day, day, named[0], named[1], partner))
            paid = one.end_to_end_id or one.batch_reference
            if paid:
                sent.append((move, one.end_to_end_id or None, one.batch_reference or None, self.accounts["sent"]))
            account = "sent" if paid else "in" if one.amount > 0 else "out"
            amount = _major(one.amount, one.currency)
            less = one.discounts[0] if one.discounts else None
            open_items.append(
                (new, move, partner, self.currencies[one.currency], amount, amount, amount, amount,
                 one.dated_on, one.due_on, one.number, one.number, self.accounts[account], paid and move or None,
                 less and less.until, less and amount - _major(less.amount, one.currency))
            )  # fmt: skip
        copy_row(
            cr, "account_move", models["invoice"],
            ("id", "name", "date", "invoice_date", "payment_reference", "ref", "partner_id"), documents,
        )  # fmt: skip
        payments = dict(zip((one[0] for one in sent), next_ids(cr, "account_payment", len(sent))))
        copy_row(
            cr, "account_payment", models["payment"],
            ("id", "move_id", "audit_end_to_end_id", "audit_batch_id", "outstanding_account_id"),
            [(payments[one[0]], *one) for one in sent],
        )  # fmt: skip
        copy_row(
            cr, "account_move_line", models["item"],
            ("id", "move_id", "partner_id", "currency_id", "amount_currency", "amount_residual_currency", "balance",
             "amount_residual", "date", "date_maturity", "move_name", "name", "account_id", "payment_id",
             "discount_date", "discount_amount_currency"),
            [(*one[:13], payments.get(one[13]), *one[14:]) for one in open_items],
        )  # fmt: skip

    def _write_lines(self, made):
        cr, models, count = self.env.cr, self.models, len(made.lines)
        ids, moves = next_ids(cr, "account_bank_statement_line", count), next_ids(cr, "account_move", count)
        self.lines = {new: one.id for one, new in zip(made.lines, ids)}
        entries, lines, parts, told = [], [], [], []
        for one, new, move in zip(made.lines, ids, moves):
            journal, amount = self.journals[one.account], _major(one.amount, one.currency)
            entries.append((move, "BNK/%d" % new, one.booked_on, journal.id, None))
            label = one.text[:140] or "/"
            lines.append((new, move, journal.id, amount, label, one.counterparty_name, one.counterparty_iban))
            parts.append((move, journal.id, journal.suspense_account_id.id, -amount, -amount))
            told.append(
                (new, amount, one.text, *([*one.references, None][:1]), one.end_to_end_id, one.mandate_id,
                 one.bank_reference, one.bank_code, one.is_return, one.counterparty_name, one.counterparty_iban,
                 json.dumps(_details(one)), one.booked_on, one.paid_on)
            )  # fmt: skip
        copy_row(
            cr, "account_move", models["entry"], ("id", "name", "date", "journal_id", "statement_line_id"), entries
        )
        copy_row(
            cr, "account_bank_statement_line", models["line"],
            ("id", "move_id", "journal_id", "amount", "payment_ref", "partner_name", "account_number"), lines,
        )  # fmt: skip
        # Each points to the other.
        cr.execute(
            "UPDATE account_move move SET statement_line_id = line.id"
            " FROM account_bank_statement_line line WHERE line.move_id = move.id AND move.id = ANY(%s)",
            [moves],
        )
        copy_row(
            cr, "account_move_line", models["suspense"],
            ("move_id", "journal_id", "account_id", "amount_currency", "balance"), parts,
        )  # fmt: skip
        copy_row(
            cr, "audit_bank_transaction", models["told"],
            ("statement_line_id", "amount", "remittance", "structured_reference", "end_to_end_id", "mandate_id",
             "bank_reference", "code", "reversal", "counterparty", "counterparty_account", "details", "date",
             "value_date"), told,
        )  # fmt: skip


def _details(line):
    """What a bank says of a line beyond its columns, as ``core.bank_files.plain`` writes it."""
    said = {}
    if line.batch_reference:
        said["batches"] = [{"payment_information_id": line.batch_reference}]
    if line.charges:
        charged = {"amount": _written(line.charges, line.currency), "currency": line.currency, "included": True}
        said["charges"] = [charged]
    if line.original_currency:
        said["amounts"] = [
            {"kind": "instructed", "amount": _written(abs(line.original_amount), line.original_currency),
             "currency": line.original_currency}
        ]  # fmt: skip
    if line.details:
        said["details"] = [
            {"amount": _written(one.amount, line.currency), "currency": line.currency,
             "references": {"end_to_end_id": one.end_to_end_id}, "remittance": [one.text],
             "structured": [{"reference": reference} for reference in one.references],
             "debtor" if line.amount > 0 else "creditor": {
                 "name": one.counterparty_name, "account": one.counterparty_iban}}
            for one in line.details
        ]  # fmt: skip
    return said


def _quotes(rates):
    """How many EUR a USD was worth, week by week: ``[(day, rate)]``."""
    days = [START + timedelta(days=7 * week) for week in range(DAYS // 7 + 20)]
    return [(day, rates.convert(100_000_000, "USD", "EUR", day) / 100_000_000) for day in days]


def _major(amount, currency):
    return amount / 10 ** digits(currency)


def _written(amount, currency):
    return "%.*f" % (digits(currency), _major(amount, currency))
