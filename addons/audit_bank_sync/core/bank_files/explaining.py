"""Which entry of a statement a notification (camt.054) explains: its details belong there and book nothing again."""

from .statement import EXPLANATION, Entry


def find_explained(explanation: Entry, entries):
    """Return ``(entry, reason)`` for the one of ``entries`` that ``explanation`` gives the details of, or None.

    ``entries``: of statements or reports; those of another account, amount or direction never fit. The ways by which
    banks tie the two are tried from the surest on; where one way finds several entries, nothing is decided by it, as
    a wrong detail would lead a payment to a wrong invoice.
    """
    if explanation.role != EXPLANATION:
        raise ValueError("only an entry of a notification explains another one")
    fitting = [one for one in entries if one.role != EXPLANATION and _fits(explanation, one)]
    for reason, tied in _WAYS:
        found = [one for one in fitting if tied(explanation, one)]
        if len(found) == 1:
            return found[0], reason
    return None


def _fits(explanation, entry):
    return (
        explanation.page.account.key == entry.page.account.key
        and explanation.amount == entry.amount
        and explanation.currency == entry.currency
    )


def _by_bank_reference(explanation, entry):
    return explanation.bank_reference is not None and explanation.bank_reference == entry.bank_reference


def _by_announcement(explanation, entry):
    message = explanation.page.message_id
    return message is not None and message == entry.announced_in


def _by_batch(explanation, entry):
    return bool(_batch_ids(explanation) & _batch_ids(entry))


def _by_entry_reference_and_day(explanation, entry):
    """The entry reference alone may be no more than the number of the line, so the day has to agree."""
    reference = explanation.entry_reference
    return reference is not None and reference == entry.entry_reference and explanation.date == entry.date


def _batch_ids(entry):
    ids = {one.payment_information_id for one in entry.batches} | {one.message_id for one in entry.batches}
    ids |= {one.references.payment_information_id for one in entry.details}
    return ids - {None}


_WAYS = (
    ("the bank's reference", _by_bank_reference),
    ("the notification is named by the entry", _by_announcement),
    ("the same batch", _by_batch),
    ("the entry's reference and the day", _by_entry_reference_and_day),
)
