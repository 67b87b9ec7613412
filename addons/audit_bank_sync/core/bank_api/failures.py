"""What went wrong with a bank's interface, classified by who has to do something."""

CONSENT = "consent"
BUDGET = "budget"
OUTAGE = "outage"
ACCESS = "access"
REQUEST = "request"
ANSWER = "answer"

WORDS = {
    CONSENT: "The consent is no longer good. The owner of the account has to renew it.",
    BUDGET: "The bank lets no more calls through today. The next one is made when it does.",
    OUTAGE: "The bank does not answer. It is asked again later.",
    ACCESS: "The bank does not accept Odoo's certificate or key. The administrator has to look at the connector.",
    REQUEST: "The bank does not understand the request. It will not work again without a change.",
    ANSWER: "The bank's answer cannot be read. It is asked again; if it stays so, the bank has to be told.",
}
AGAIN = frozenset({BUDGET, OUTAGE, ANSWER})
"""Kinds after which the same request may be made again without anybody doing something."""

EXPIRED, REVOKED, REFUSED, UNKNOWN = "expired", "revoked", "refused", "unknown"
"""What became of a consent."""


class BankApiFailure(Exception):
    """No usable answer. The text is for people and quotes nothing of the bank but its code.

    ``kind``: one of this module; ``code``: the bank's word for it, or None; ``status``: of HTTP, None when there was no
    answer; ``retry_after``: seconds the bank asked for, or None; ``consent``: for ``CONSENT``, what became of it.
    """

    def __init__(self, kind, reason="", code=None, status=None, retry_after=None, consent=None):
        words = WORDS[kind]
        super().__init__("%s (%s)" % (words, reason) if reason else words)
        self.kind = kind
        self.reason = reason
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.consent = consent

    @property
    def again(self):
        return self.kind in AGAIN


def by_status(status, retry_after=None, code=None, words=""):
    """Return the failure that an HTTP status means where the bank's code says nothing more precise."""
    reason = " ".join(filter(None, ["HTTP %d" % status, code, words]))
    if status == 429:
        kind = BUDGET
    elif status >= 500 or status == 408:
        kind = OUTAGE
    elif status in (401, 403):
        kind = ACCESS
    else:
        kind = REQUEST
    return BankApiFailure(kind, reason, code, status, retry_after)
