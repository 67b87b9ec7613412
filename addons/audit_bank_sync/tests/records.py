"""Records of this addon's models, for the tests that walk through the models of the whole suite."""

import secrets

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


FACTORIES = {
    "audit.bank.account": _account,
    "audit.bank.connection": _connection,
    "audit.bank.mapping": _mapping,
    **statement_records.FACTORIES,
}
BUTTONS = {
    **statement_records.BUTTONS,
    "audit.bank.connection": {"action_begin_consent", "action_find_accounts", "action_revoke_consent"},
}
WAYS = {}
