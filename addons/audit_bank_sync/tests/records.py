"""Records of this addon's models, for the tests that walk through the models of the whole suite."""

import secrets
from datetime import date

from . import statement_records


def _connection(maker):
    return maker.env["audit.bank.connection"].create(
        {"name": "%s, bank %s" % (maker.word, secrets.token_hex(8)), "company_id": maker.company.id}
    )


def _account(maker):
    maker.count += 1
    return maker.env["audit.bank.account"].create(
        {
            "name": "%s, account %d" % (maker.word, maker.count),
            "number": "%d%s" % (maker.company.id, secrets.token_hex(8)),
            "connection_id": maker.of("audit.bank.connection").id,
            "currency_id": maker.company.currency_id.id,
        }
    )


def _mapping(maker):
    return maker.env["audit.bank.mapping"].create(
        {
            "name": "%s, mapping %s" % (maker.word, secrets.token_hex(8)),
            "company_id": maker.company.id,
            "account_number": "1",
            "currency_id": maker.company.currency_id.id,
            "column_booking_date": "Date",
            "column_amount": "Amount",
        }
    )


def _file(maker):
    data = secrets.token_bytes(8)
    return maker.env["audit.bank.file"]._receive(maker.company, "%s, file" % maker.word, data)[0]


def _import_account(maker):
    return maker.env["audit.bank.import.account"].create(
        {"import_id": maker.make("audit.bank.import").id, "number": maker.word}
    )


def _payment(maker):
    statement_records.give_accounts(maker)
    own = [("type", "=", "bank"), ("company_id", "=", maker.company.id)]
    maker.count += 1
    return maker.env["account.payment"].create(
        {
            "amount": 100.0,
            "payment_type": "outbound",
            "partner_type": "supplier",
            "partner_id": maker.env["res.partner"].create({"name": "%s, vendor %d" % (maker.word, maker.count)}).id,
            "journal_id": maker.env["account.journal"].search(own, limit=1).id,
        }
    )


def _payment_status(maker):
    return maker.env["audit.payment.status"]._note(
        [
            {
                "payment_id": _payment(maker).id,
                "state": "accepted",
                "at": maker.env.cr.now(),
                "source": "api",
                "source_reference": maker.word,
                "key": maker.word,
            }
        ]
    )


def _payment_hold(maker):
    return maker.env["audit.payment.hold"].create({"payment_id": _payment(maker).id, "reason": maker.word})


FACTORIES = {
    "audit.bank.account": _account,
    "audit.bank.connection": _connection,
    "audit.bank.file": _file,
    "audit.bank.import.account": _import_account,
    "audit.bank.mapping": _mapping,
    "audit.match.settings": lambda maker: maker.env["audit.match.settings"]._of_company(maker.company),
    "audit.payment.hold": _payment_hold,
    "audit.payment.status": _payment_status,
    **statement_records.FACTORIES,
}
BUTTONS = {
    **statement_records.BUTTONS,
    "audit.bank.account": {
        "action_open_doubt",
        "action_open_transactions",
        "action_open_waiting",
        "action_open_windows",
        "action_past_period",
    },
    "audit.bank.connection": {
        "action_begin_consent",
        "action_fetch",
        "action_find_accounts",
        "action_past_period",
        "action_revoke_consent",
    },
    "audit.bank.file": {
        "action_confirm",
        "action_download",
        "action_open_transactions",
        "action_read_again",
        "action_refresh",
    },
    "audit.bank.import": {"action_import"},
    "audit.bank.past.period": {"action_start"},
    "audit.bank.sighting": {"action_undo"},
    "audit.bank.transaction": {
        "action_confirm",
        "action_confirm_on_open_day",
        "action_different",
        "action_open_audit_trail",
        "action_open_line",
        "action_same",
        "action_set_aside",
        "action_take_back",
    },
    "audit.bank.window": {"action_fetch"},
    "audit.match.proposal": {
        "action_accept",
        "action_look_after",
        "action_refuse",
        "action_undo",
        "bench_book",
        "bench_candidates",
        "bench_find",
        "bench_lines",
        "bench_match",
    },
    "audit.match.settings": {"action_switch_off", "action_switch_on"},
    "audit.payment.hold": {"action_release"},
}
WAYS = {
    "audit.bank.account": {
        "action_open_doubt",
        "action_open_transactions",
        "action_open_waiting",
        "action_open_windows",
        "action_past_period",
    },
    "audit.bank.connection": {"action_past_period"},
    "audit.bank.file": {"action_open_transactions", "action_refresh"},
}
DOCUMENTS = {
    "bank_break": lambda maker: maker.env["audit.exception"]._raise_break(
        maker.of("audit.bank.confirmation"), maker.word, 1.0, maker.company.currency_id, date(2026, 3, 31)
    ),
    "bank_confirmation": lambda maker: maker.of("audit.bank.confirmation"),
    "bank_transaction": lambda maker: maker.make("audit.bank.transaction", state="booked", date="2026-03-31", amount=1),
    "payment_status": lambda maker: _payment_status(maker).payment_id,
}
