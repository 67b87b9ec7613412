"""Confirmations, reconciliations and settlements for ``records.py``."""

import base64
from datetime import date, timedelta

from odoo import Command

# Of nobody: a key was made for it and forgotten.
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUPZFe3OFekwxGqo15gJgkAl+XhbIwCgYIKoZIzj0EAwIw
IjEPMA0GA1UECgwGTm9ib2R5MQ8wDQYDVQQDDAZOb2JvZHkwIBcNMjYxMTI5MjAx
MjQyWhgPMjA4MTA5MDEyMDEyNDJaMCIxDzANBgNVBAoMBk5vYm9keTEPMA0GA1UE
AwwGTm9ib2R5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3O6xMDSSigETie1A
c4+TQiwO5k5ABGl2R/d+aSSo2LhZ9NmiVp8VMLcAXIkQS62OT82DrGUQ1KVomuAP
3XlMtaNTMFEwHQYDVR0OBBYEFFdVdVYiIcJntEl+av0ieosEiLhqMB8GA1UdIwQY
MBaAFFdVdVYiIcJntEl+av0ieosEiLhqMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSQAwRgIhAKzaM6M3aAvTyQ2OnklTQ+klH5aIuWDoSZYdbl1X+O+LAiEA
+C2osj7jnPGdbNHoVMrxt/HUW+9OmOkGYBrVRttxXVQ=
-----END CERTIFICATE-----
"""


def give_accounts(maker):
    """A chart of accounts for the maker's company, before its first journal: loading one replaces what is there."""
    if not maker.company.chart_template:
        charts = maker.env["account.chart.template"]
        charts.try_loading("generic_coa", company=maker.company.sudo(), install_demo=False)


def _journal(maker):
    """A bank journal of the maker's company, whose name tells of it."""
    give_accounts(maker)
    name = "%s, bank" % maker.word
    journals = maker.env["account.journal"].with_context(active_test=False)
    return journals.search([("name", "=", name), ("company_id", "=", maker.company.id)], limit=1) or journals.create(
        {"name": name, "type": "bank", "code": "BK%d" % (maker.company.id % 1000), "company_id": maker.company.id}
    )


def _reconciliation(maker):
    """Of another day than those before: a day has one draft."""
    reconciliations, journal = maker.env["audit.bank.reconciliation"], _journal(maker)
    day = date(2026, 1, 1) - timedelta(days=reconciliations.search_count([("journal_id", "=", journal.id)]))
    return reconciliations.create({"journal_id": journal.id, "date": day, "note": maker.word})


def _reconciliation_line(maker):
    return maker.env["audit.bank.reconciliation.line"].create(
        {
            "reconciliation_id": maker.of("audit.bank.reconciliation").id,
            "name": maker.word,
            "amount": 1,
            "explanation": maker.word,
        }
    )


def _confirmation(maker):
    bank = maker.env["res.bank"].create({"name": "%s, bank" % maker.word})
    return maker.env["audit.bank.confirmation"].create(
        {
            "bank_id": bank.id,
            "company_id": maker.company.id,
            "date": "2025-12-31",
            "engagement": maker.word,
            "line_ids": [
                Command.create({"name": maker.word, "section": "loan", "currency_id": maker.company.currency_id.id})
            ],
        }
    )


def _answer(maker):
    """Of a confirmation that was sent, by a way that no person can take in a test of rights."""
    confirmation = _confirmation(maker)
    maker.env.cr.execute(
        "UPDATE audit_bank_confirmation SET state = 'sent', approved_by_id = %s, prepared_by_id = 1 WHERE id = %s",
        [maker.env.uid, confirmation.id],
    )
    confirmation.invalidate_recordset()
    return maker.env["audit.bank.answer"]._receive(confirmation, "%s.txt" % maker.word, b"Balance: 1", "bank_document")


def _mapping(maker):
    return maker.env["audit.card.mapping"].create(
        {
            "name": maker.word,
            "company_id": maker.company.id,
            "journal_id": _journal(maker).id,
            "column_gross": "gross",
            "currency_id": maker.company.currency_id.id,
        }
    )


def _settlement(maker):
    maker.count += 1
    report = "payout_id,date,gross\npo-%d-%d,2026-01-05,10.00\n" % (maker.company.id, maker.count)
    return maker.env["audit.card.settlement"].create(
        {
            "mapping_id": maker.of("audit.card.mapping").id,
            "file_name": maker.word,
            "content": base64.b64encode(report.encode()),
        }
    )


def _signer(maker):
    bank = maker.env["res.bank"].create({"name": "%s, bank" % maker.word})
    return maker.env["audit.bank.signer"].create(
        {
            "bank_id": bank.id,
            "company_id": maker.company.id,
            "organization": maker.word,
            "certificate": CERTIFICATE,
        }
    )


FACTORIES = {
    "audit.card.mapping": _mapping,
    "audit.card.payout": lambda maker: maker.of("audit.card.settlement").payout_ids,
    "audit.card.settlement": _settlement,
    "audit.bank.answer": _answer,
    "audit.bank.answer.file": lambda maker: maker.of("audit.bank.answer").file_ids,
    "audit.bank.answer.take": lambda maker: maker.env["audit.bank.answer.take"].create(
        {
            "confirmation_id": maker.of("audit.bank.confirmation").id,
            "content": base64.b64encode(b"x"),
            "note": maker.word,
        }
    ),
    "audit.bank.confirmation": _confirmation,
    "audit.bank.confirmation.line": lambda maker: maker.of("audit.bank.confirmation").line_ids,
    "audit.bank.reconciliation": _reconciliation,
    "audit.bank.signer": _signer,
    "audit.bank.reconciliation.line": _reconciliation_line,
}

BUTTONS = {
    "audit.bank.answer": {"action_download"},
    "audit.bank.answer.take": {"action_take"},
    "audit.bank.confirmation": {
        "action_approve",
        "action_cancel",
        "action_close",
        "action_compare",
        "action_fetch_answer",
        "action_fill",
        "action_open_audit_trail",
        "action_send",
        "action_take_answer",
    },
    "audit.bank.signer": {"action_approve"},
    "audit.bank.reconciliation": {
        "action_open_audit_trail",
        "action_open_statement",
        "action_refresh",
        "action_return",
        "action_review",
        "action_sign",
        "action_spreadsheet",
    },
    "audit.bank.reconciliation.line": {"action_open_document"},
    "audit.card.payout": {"action_open_line"},
    "audit.card.settlement": {"action_compare"},
}
