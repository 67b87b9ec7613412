"""What the reader gives out of a camt document, as plain values to compare with `camt_expectations`."""


def page_as_said(page):
    """Return what ``page`` says, in the form of `camt_expectations`."""
    account = page.account
    return {
        "account": account.number,
        "account_name": account.name,
        "owner": account.owner,
        "servicer": account.bank,
        "currency": account.currency,
        **_fields(
            page, "statement_id", "number", "message_id", "created_at", "from_date", "to_date", "duplicate",
            "information", "page_number", "last_page",
        ),
        "balances": [
            _fields(one, "kind", "subkind", "amount", "currency", "date", "with_credit_line") for one in page.balances
        ],
        "declared": _fields(
            page.declared, "count", "net", "credit_count", "credit_sum", "debit_count", "debit_sum"
        ),
    }  # fmt: skip


def entry_as_said(entry):
    """Return what ``entry`` says, in the form of `camt_expectations`."""
    return {
        **_fields(
            entry, "amount", "currency", "status", "booking_date", "value_date", "reversal", "entry_reference",
            "bank_reference", "information", "announced_in",
        ),
        "code": _code(entry.code),
        "charges": _charges(entry),
        "amounts": _amounts(entry),
        "batches": [_fields(one, "message_id", "payment_information_id", "count", "amount") for one in entry.batches],
        "details": [_detail(one) for one in entry.details],
    }  # fmt: skip


def _detail(detail):
    returned = detail.returned
    return {
        **_fields(detail, "amount", "currency", "purpose", "information", "accepted_at"),
        **_fields(
            detail.references, "end_to_end_id", "transaction_id", "instruction_id", "uetr", "message_id",
            "payment_information_id", "mandate_id", "cheque_number", "clearing_reference", "bank_reference",
        ),
        "other": list(detail.references.other),
        "debtor": _party(detail.debtor),
        "creditor": _party(detail.creditor),
        "ultimate_debtor": detail.ultimate_debtor and detail.ultimate_debtor.name,
        "ultimate_creditor": detail.ultimate_creditor and detail.ultimate_creditor.name,
        "remittance": list(detail.remittance),
        "structured": [
            (one.reference, one.kind, list(one.documents), list(one.information)) for one in detail.structured
        ],
        "return_code": returned and returned.code,
        "return_information": returned and returned.information,
        "return_originator": returned and returned.originator,
        "charges": _charges(detail),
        "amounts": _amounts(detail),
        "code": _code(detail.code),
    }  # fmt: skip


def _fields(found, *names):
    return {name: getattr(found, name) for name in names}


def _code(code):
    return code and (code.domain, code.family, code.subfamily, code.proprietary, code.issuer)


def _party(party):
    return (party.name, party.account, party.bank) if party else (None, None, None)


def _charges(holder):
    return [(one.amount, one.currency, one.direction, one.included, one.kind, one.total) for one in holder.charges]


def _amounts(holder):
    return [
        (
            one.kind, one.amount, one.currency, one.source_currency, one.target_currency, one.unit_currency, one.rate,
            one.contract,
        )
        for one in holder.amounts
    ]  # fmt: skip
