"""Records of this addon's models, for the tests that walk through the models of the whole suite."""


def _connection(maker):
    maker.count += 1
    return maker.env["audit.bank.connection"].create(
        {"name": "%s, bank %d" % (maker.word, maker.count), "company_id": maker.company.id}
    )


def _account(maker):
    maker.count += 1
    return maker.env["audit.bank.account"].create(
        {
            "name": "%s, account %d" % (maker.word, maker.count),
            "number": "%d-%d" % (maker.company.id, maker.count),
            "connection_id": maker.of("audit.bank.connection").id,
            "currency_id": maker.company.currency_id.id,
        }
    )


def _mapping(maker):
    maker.count += 1
    return maker.env["audit.bank.mapping"].create(
        {
            "name": "%s, mapping %d" % (maker.word, maker.count),
            "company_id": maker.company.id,
            "account_number": "1",
            "currency_id": maker.company.currency_id.id,
            "column_booking_date": "Date",
            "column_amount": "Amount",
        }
    )


def _payment(maker):
    """A payment in a company that may have no accounts yet."""
    if not maker.company.chart_template:
        charts = maker.env["account.chart.template"]
        charts.try_loading("generic_coa", company=maker.company, install_demo=False)
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
    "audit.bank.mapping": _mapping,
    "audit.payment.hold": _payment_hold,
    "audit.payment.status": _payment_status,
}
BUTTONS = {
    "audit.payment.hold": {"action_release"},
    "audit.bank.connection": {"action_begin_consent", "action_find_accounts", "action_revoke_consent"},
}
WAYS = {}
