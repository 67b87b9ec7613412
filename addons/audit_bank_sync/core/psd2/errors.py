"""What a bank's ``tppMessages`` mean: codes of NextGenPSD2 1.3, section 14.11 (Message Codes)."""

from ..bank_api.calls import code
from ..bank_api.failures import (
    ACCESS,
    BUDGET,
    CONSENT,
    EXPIRED,
    OUTAGE,
    REFUSED,
    REQUEST,
    REVOKED,
    UNKNOWN,
    BankApiFailure,
    by_status,
)  # fmt: skip

CONSENT_ENDS = {"CONSENT_UNKNOWN": UNKNOWN, "CONSENT_INVALID": REVOKED, "CONSENT_EXPIRED": EXPIRED}
STATES = {
    "rejected": REFUSED,
    "revokedByPsu": REVOKED,
    "expired": EXPIRED,
    "terminatedByTpp": REVOKED,
}
"""Ends of a consent by its ``consentStatus``."""

_KINDS = {
    "ACCESS_EXCEEDED": BUDGET,
    "SERVICE_BLOCKED": ACCESS,
    "ROLE_INVALID": ACCESS,
    "SCA_INVALID": CONSENT,
    "INTERNAL_SERVER_ERROR": OUTAGE,
    "SERVICE_UNAVAILABLE": OUTAGE,
}
_BEGINNINGS = {"CERTIFICATE_": ACCESS, "SIGNATURE_": ACCESS, "TOKEN_": ACCESS}


def judge(status, content, retry_after=None):
    """Return the ``BankApiFailure`` of an answer other than success."""
    for found in _codes(content):
        if found in CONSENT_ENDS:
            reason = "HTTP %d %s" % (status, found)
            return BankApiFailure(CONSENT, reason, found, status, retry_after, CONSENT_ENDS[found])
        kind = _KINDS.get(found) or next((_BEGINNINGS[begin] for begin in _BEGINNINGS if found.startswith(begin)), None)
        if kind:
            consent = REVOKED if kind == CONSENT else None
            return BankApiFailure(kind, "HTTP %d %s" % (status, found), found, status, retry_after, consent)
        if 400 <= status < 500 and status not in (401, 403, 408, 429):
            return BankApiFailure(REQUEST, "HTTP %d %s" % (status, found), found, status, retry_after)
    return by_status(status, retry_after, next(iter(_codes(content)), None))


def _codes(content):
    messages = content.get("tppMessages") if isinstance(content, dict) else None
    listed = messages if isinstance(messages, list) else []
    return [found for one in listed if isinstance(one, dict) and (found := code(one.get("code")))]
