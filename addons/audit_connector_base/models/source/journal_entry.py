from odoo import _, models

from ...compat import payment_field_of_moves
from . import filters, words
from .invoice import STATES
from .once import Once


class AuditSourceJournalEntry(models.AbstractModel):
    """Canonical ``journal_entry``: entries of the ledger that are neither an invoice nor the entry of a payment."""

    _name = "audit.source.journal_entry"
    _inherit = "audit.source"
    _description = "Audit Source of Journal Entries"
    _document_model = "account.move"

    def _label(self):
        return _("Journal entries")

    def _told_domain(self, companies):
        own = [("move_type", "=", "entry"), (payment_field_of_moves(), "=", False)]
        return [*own, *super()._told_domain(companies)]

    def _backfill_domain(self, code, date_from, date_to, companies):
        """By accounting date: Odoo does not keep when an entry was posted or cancelled."""
        state = {"journal_entry.posted": "posted", "journal_entry.cancelled": "cancel"}.get(code)
        return state and [
            *self._told_domain(companies),
            ("date", ">=", date_from),
            ("date", "<=", date_to),
            ("state", "=", state),
        ]

    def _filters(self):
        return {
            "state": filters.choice("state", STATES, "Whether it is part of the books."),
            "number": filters.exact("name", "Its number."),
            "reference": filters.exact("ref", "Its reference."),
            "partner": filters.record("partner_id", "res.partner", "The partner it is about."),
            "journal": filters.exact("journal_id.code", "Code of its journal."),
            **filters.between("date", "date", "Booked"),
        }

    def _facts(self, data):
        total = "%s %s" % (data["total"], data.get("company_currency")) if "total" in data else None
        return [
            (_("Number"), data.get("number")),
            (_("Reference"), data.get("reference")),
            (_("Journal"), (data.get("journal") or {}).get("name")),
            (_("Partner"), (data.get("partner") or {}).get("name")),
            (_("Date"), data.get("date")),
            (_("Total"), total),
        ]

    def _bodies(self, documents, known):
        once = Once()
        return [
            {
                "kind": _kind(move),
                "number": words.number(move),
                "reference": words.text(move.ref, words.REFERENCE),
                "state": STATES[move.state],
                "date": words.date(move.date),
                "journal": words.journal(move.journal_id),
                "partner": words.partner(move.partner_id, known),
                "company_currency": move.company_currency_id.name,
                "total": words.amount(sum(line.debit for line in move.line_ids), move.company_currency_id),
                "lines": entry_lines(move, once),
                "reversal_of": words.move(move.reversed_entry_id),
            }
            for move in documents
        ]


def entry_lines(move, once):
    """The lines of a journal entry, in its order, without headings and remarks. ``once``: memory of the batch."""
    booked = [line for line in move.line_ids if line.display_type not in ("line_section", "line_note")]
    return [_line(line, position, once) for position, line in enumerate(booked, start=1)]


def _line(line, position, once):
    own = line.company_currency_id
    return {
        "id": words.reference(line),
        "sequence": position,
        "account": once.say(words.account, line.account_id),
        "partner": once.say(words.named, line.partner_id),
        "description": words.text(line.name, words.TEXT) or "",
        "debit": once.amount(line.debit, own),
        "credit": once.amount(line.credit, own),
        "currency": line.currency_id.name,
        "amount_currency": once.amount(line.amount_currency, line.currency_id),
        "due_date": words.date(line.date_maturity),
        "tax": words.tax(line.tax_line_id) if line.tax_line_id else None,
        "taxes": once.names_of_taxes(line.tax_ids),
    }


def _kind(move):
    if move.statement_line_id:
        return "bank_statement_line"
    return "cash_basis_tax" if move.tax_cash_basis_origin_move_id else "entry"
