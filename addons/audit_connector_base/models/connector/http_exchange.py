import base64
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import quote

from odoo import _, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import dial, request_template, retry, tls
from .adapter import Outcome, kept_headers

HIDDEN = "(hidden)"
# A chain of certificates would fill the screen.
PEM_STYLE = "max-height: 8rem; overflow: auto"


class AuditConnector(models.Model):
    """What protocols over HTTP share: whom they trust, and the dialler under the connector's policy."""

    _inherit = "audit.connector"

    ca_certificates = fields.Text(
        string="Certificate Authorities",
        help="PEM text of the authority that issued the platform's certificate, where it is one of its own. Leave it "
        "empty for platforms on the public internet.",
    )

    def _check_ca_certificates(self):
        """:raises ValidationError: unless the further authorities, if any, are certificates"""
        if not self.ca_certificates:
            return
        try:
            tls.check_authorities(self.ca_certificates)
        except ValueError as error:
            raise ValidationError(
                _("The certificate authorities of “%(name)s”: %(reason)s", name=self.name, reason=error)
            ) from error

    def _dialler(self, identity=None, max_answer=None):
        """Return a ``Dialler`` under this connector's policy; ``identity``: ``(certificate, key)`` to show.

        ``max_answer``: bytes of an answer that are read, where they are its purpose; ``ANSWER_KEPT`` by default.

        :raises UserError: when allow-list, authorities or identity cannot be used
        """
        try:
            return dial.Dialler(
                allow=self._allow_list(),
                total_timeout=self.timeout,
                max_answer=max_answer or self.ANSWER_KEPT,
                authorities=self.ca_certificates or None,
                identity=identity,
            )
        except ValueError as error:
            raise UserError(
                _("Connector “%(name)s” cannot connect: %(reason)s", name=self.name, reason=error)
            ) from error


@dataclass(frozen=True)
class Request:
    """One HTTP request. ``shown``: the headers as they may be kept; ``hidden``: secrets that it carries, as text."""

    method: str
    url: str
    headers: dict = field(repr=False)
    body: bytes
    shown: dict = field(default_factory=dict)
    hidden: tuple = field(default=(), repr=False)

    @property
    def target(self):
        """What is called, as it may be kept: secrets are blotted out."""
        address = request_template.without_secret_parameters(self.url, HIDDEN)
        return "%s %s" % (self.method, _blotter(self.hidden)(address))


def exchange(dialler, request, seconds, success=range(200, 300)):
    """Send ``request`` and return its ``Outcome``; nothing of the network makes it raise.

    ``seconds``: how long it may take; ``success``: statuses that mean delivered. What the other side repeats of the
    request's secrets is blotted out.
    """
    started = time.monotonic()
    known = {"request_headers": request.shown, "target": request.target}
    try:
        answer = dialler.request(request.method, request.url, request.headers, request.body, timeout=seconds)
    except (dial.Refused, dial.Unreachable) as error:
        judged = retry.classify(error)
        refused = isinstance(error, dial.Refused)
        return Outcome(
            judged.verdict.value,
            judged.reason,
            seconds=time.monotonic() - started,
            reached=not refused,
            fault="refused" if refused else error.kind,
            **known,
        )
    except ValueError:
        # Its text quotes the header or address, which may carry a secret.
        reason = "the request cannot be made: address or header not usable"
        return Outcome("dead", reason, reached=False, fault="settings", **known)
    verdict, reason = _judged(answer.status, success)
    blot = _blotter(request.hidden)
    return Outcome(
        verdict=verdict,
        reason=reason,
        status=answer.status,
        retry_after=retry.parse_retry_after(answer.headers.get("retry-after"), datetime.now(timezone.utc)),
        answer_headers={name: blot(value) for name, value in kept_headers(answer.headers).items()},
        answer_body=blot(answer.body),
        answer_truncated=answer.truncated,
        answer_sha256=answer.body_sha256,
        peer=answer.peer_address,
        seconds=answer.duration,
        **known,
    )


def _judged(status, success):
    if status in success:
        return "delivered", "HTTP %d" % status
    if 200 <= status < 300:
        return "dead", "HTTP %d, which does not mean delivered here" % status
    judged = retry.classify(status)
    return judged.verdict.value, judged.reason


def _blotter(secrets):
    """Return a function that replaces ``secrets`` in text or bytes, as they are and as JSON, Base64 or an
    address write them."""
    forms = set()
    for secret in secrets:
        forms |= {secret, json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode(), quote(secret, safe="")}
    # The longest first: one may be part of another.
    ordered = sorted((form for form in forms if len(form) > 3), key=len, reverse=True)

    def blot(content):
        encode, hidden = (str.encode, HIDDEN.encode()) if isinstance(content, bytes) else (str, HIDDEN)
        for form in map(encode, ordered):
            content = content.replace(form, hidden)
            # An answer that was cut off may end in the middle of one.
            cut = next((length for length in range(len(form) - 1, 3, -1) if content.endswith(form[:length])), 0)
            content = content[: len(content) - cut] + hidden if cut else content
        return content

    return blot
