"""Problem details for HTTP APIs (RFC 9457): one form for every refusal of our machine routes."""

import json
from http import HTTPStatus

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:odoo-audit:problem:"


class Refusal(Exception):
    """A request that is not accepted.

    ``status``: HTTP status; ``code``: stable word for programs and counters, such as ``signature``; ``detail``: what
    the sender may know, in a sentence; ``headers``: dict of further response headers; ``members``: further members of
    the problem object (RFC 9457, section 3.2); ``note``: what only our own log says.
    """

    def __init__(self, status, code, detail, headers=None, note="", **members):
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.note = note
        self.members = members

    def body(self):
        """Return the bytes of the ``application/problem+json`` document."""
        return document(self.status, self.code, self.detail, **self.members)


def document(status, code, detail, **members):
    """Return a problem object as JSON bytes.

    ``type`` is ``urn:odoo-audit:problem:<code>``, ``title`` the standard phrase of the status, so that two occurrences
    of one type never differ in it.
    """
    return json.dumps(
        {
            "type": TYPE_PREFIX + code,
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            **members,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode("utf-8", "replace")
