"""What the codes of Enable Banking mean (member ``error`` of its answers)."""

from ..bank_api.calls import code
from ..bank_api.failures import (
    ACCESS,
    BUDGET,
    CONSENT,
    EXPIRED,
    OUTAGE,
    REFUSED,
    REVOKED,
    UNKNOWN,
    BankApiFailure,
    by_status,
)  # fmt: skip

ENDS = {
    "EXPIRED_SESSION": EXPIRED,
    "REVOKED_SESSION": REVOKED,
    "CLOSED_SESSION": REVOKED,
    "SESSION_DOES_NOT_EXIST": UNKNOWN,
    "WRONG_SESSION_STATUS": REVOKED,
    "WRONG_AUTHORIZATION_CODE": UNKNOWN,
    "EXPIRED_AUTHORIZATION_CODE": EXPIRED,
    "ACCESS_DENIED": REFUSED,
}
STATES = {
    "CANCELLED": REFUSED,
    "CLOSED": REVOKED,
    "EXPIRED": EXPIRED,
    "INVALID": UNKNOWN,
    "REVOKED": REVOKED,
}
"""Ends of a consent by the ``status`` of its session."""

_KINDS = {
    "ASPSP_RATE_LIMIT_EXCEEDED": BUDGET,
    "ASPSP_ERROR": OUTAGE,
    "ASPSP_TIMEOUT": OUTAGE,
    "UNAUTHORIZED_REQUEST": ACCESS,
    "UNAUTHORIZED_ACCESS": ACCESS,
    "REDIRECT_URI_NOT_ALLOWED": ACCESS,
}


def judge(status, content, retry_after=None):
    """Return the ``BankApiFailure`` of an answer other than success."""
    found = code(content.get("error")) if isinstance(content, dict) else None
    reason = "HTTP %d %s" % (status, found)
    if found in ENDS:
        return BankApiFailure(CONSENT, reason, found, status, retry_after, ENDS[found])
    if found in _KINDS:
        return BankApiFailure(_KINDS[found], reason, found, status, retry_after)
    return by_status(status, retry_after, found)
