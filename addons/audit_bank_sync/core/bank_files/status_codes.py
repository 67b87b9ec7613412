"""Statuses of payments (ExternalPaymentTransactionStatus1Code and its siblings) in words and in states of ours."""

SENT = "sent"
PENDING = "pending"
ACCEPTED = "accepted"
SETTLED = "settled"
PARTIAL = "partial"
REJECTED = "rejected"

STATUSES = {
    "RCVD": (SENT, "Received by the bank"),
    "PDNG": (PENDING, "The bank is still checking"),
    "PATC": (PENDING, "Waits for further signatures"),
    "PRES": (PENDING, "Presented to the payer"),
    "ACTC": (ACCEPTED, "Format checked"),
    "ACCP": (ACCEPTED, "Customer and format checked"),
    "ACFC": (ACCEPTED, "Funds checked"),
    "ACSP": (ACCEPTED, "Being executed"),
    "ACWC": (ACCEPTED, "Accepted with a change"),
    "ACWP": (ACCEPTED, "Executed, not yet with the payee"),
    "ACIS": (ACCEPTED, "Accepted, a cheque is issued"),
    "ACPD": (ACCEPTED, "In clearing"),
    "ACSC": (SETTLED, "Debited from our account"),
    "ACCC": (SETTLED, "Credited to the payee"),
    "PART": (PARTIAL, "Accepted in part"),
    "RJCT": (REJECTED, "Rejected by the bank"),
    "BLCK": (REJECTED, "Blocked by the bank"),
    "CANC": (REJECTED, "Cancelled"),
}
"""Code → (state, words). No state means paid: only a booked entry does."""


def state_and_words(code):
    """Return ``(state, words)`` for a status; an unknown one is pending, with the code in its words."""
    return STATUSES.get(code) or (PENDING, "Status %s of the bank" % code)
