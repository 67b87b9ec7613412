"""The words that the history of a payment, its form, its messages and the triage share."""

from ...core.bank_files import reason_codes, status_codes

STATES = [
    ("sent", "Sent"),
    ("pending", "Being Checked"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("settled", "Settled by the Bank"),
    ("booked", "Booked"),
    ("returned", "Returned"),
]
CLASSES = [
    (reason_codes.FIX_DATA, "Correct the Data"),
    (reason_codes.FUNDS, "Provide Funds"),
    (reason_codes.MANDATE, "Clear the Mandate"),
    (reason_codes.SUSPICION, "Examine First"),
    (reason_codes.RETRY, "Send Again Later"),
    (reason_codes.ASK, "Ask for the Reason"),
]
ACTORS = [(reason_codes.US, "We"), (reason_codes.OTHER_PARTY, "The Other Party"), (reason_codes.BANK, "The Bank")]
OPEN = ("sent", "pending", "accepted", "settled")
"""States in which something is still to come from the bank."""


def status_words(code):
    """What a status says, such as “Account closed”; empty without one."""
    return status_codes.state_and_words(code)[1] if code else ""


def reason_words(code, information=None, collection=False):
    """A reason for people: words, the code behind them, and what the bank wrote itself; empty where it gave none."""
    if not code and not information:
        return ""
    words = reason_codes.words(code, collection)
    said = "%s (%s)" % (words.text, code) if code and words.known else words.text if code else ""
    return ": ".join(filter(None, (said, information)))
