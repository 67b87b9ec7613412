import re
from dataclasses import dataclass, field
from datetime import datetime

from odoo import api, models

# Headers of an answer that help to understand it. All others may carry secrets and are left out.
HEADERS_KEPT = {
    "content-length",
    "content-type",
    "date",
    "location",
    "retry-after",
    "server",
    "traceparent",
    "x-request-id",
}

VERDICTS = {"delivered", "retry", "slow_down", "gone", "dead"}
# U+0000 and lone surrogates: neither PostgreSQL nor canonical JSON takes them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text):
    """Return ``text`` with a replacement character for each that cannot be stored; the other side chooses freely."""
    return _UNSTORABLE.sub("\ufffd", text)


def kept_headers(headers):
    """Return the answer's headers that may be stored, by allow-list."""
    return {name: value for name, value in headers.items() if name.lower() in HEADERS_KEPT}


@dataclass(frozen=True)
class Message:
    """What an adapter is asked to send: plain values, so that it can be handed to a thread.

    ``id`` never changes between attempts; ``body`` are the exact bytes that the log committed to.
    """

    id: str
    type: str
    subject: str
    body: bytes
    content_type: str
    created_at: datetime
    attempt: int = 1


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended.

    ``verdict`` is one of ``delivered``, ``retry``, ``slow_down``, ``gone``, ``dead``; ``retry_after`` in seconds is
    what the other side asked for. Headers are redacted and the body is capped before they come here. Texts are made
    storable, so that what one receiver answers never spoils the outcomes that are written together with it.

    :raises ValueError: for a verdict that does not exist
    """

    verdict: str
    reason: str = ""
    status: int | None = None
    retry_after: float | None = None
    request_headers: dict = field(default_factory=dict)
    answer_headers: dict = field(default_factory=dict)
    answer_body: bytes = b""
    answer_truncated: bool = False
    answer_sha256: str = ""
    peer: str = ""
    seconds: float = 0.0

    def __post_init__(self):
        if self.verdict not in VERDICTS:
            raise ValueError("%r is no verdict" % (self.verdict,))
        for name in ("reason", "peer"):
            object.__setattr__(self, name, storable(getattr(self, name)))
        for name in ("request_headers", "answer_headers"):
            headers = getattr(self, name).items()
            object.__setattr__(self, name, {storable(key): storable(value) for key, value in headers})


class AuditAdapter(models.AbstractModel):
    """The family's contract. A platform is one file in ``adapters/`` with a model ``audit.adapter.<name>``.

    ``audit.connector`` finds adapters by the prefix of their name and calls nothing but these methods.
    """

    _name = "audit.adapter"
    _description = "Audit Adapter"

    @api.model
    def _label(self):
        """Name of the protocol or platform, as the administrator chooses it."""
        raise NotImplementedError

    @api.model
    def _check_settings(self, connector):
        """Raise ``ValidationError`` with the reason and the remedy when the connector cannot work as configured."""
        raise NotImplementedError

    @api.model
    def _sender(self, connector):
        """Return a function ``Message -> Outcome``.

        All that needs the database (address, secrets, limits) is read here. The function itself runs in threads, at
        the same time for several messages, and never touches the environment; it does not raise for what the network
        or the other side does.
        """
        raise NotImplementedError
